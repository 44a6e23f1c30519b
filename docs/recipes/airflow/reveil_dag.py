"""reveil under Airflow: a night's run as one task.

Exit 99 (nothing to do) skips the task and what follows; a missed gate (4) and mistakes in the configuration (2) aren't
retried, since another try gives the same; input errors (3), a full disk (5) and the like are.
"""
import datetime
import os
import subprocess

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk import dag, task

JOB = os.environ.get('REVEIL_JOB', '/srv/brand/job.yaml')
REVEIL = os.environ.get('REVEIL_PROGRAM', 'reveil')


def run_reveil(job):
    """Runs the job; its own words go to the task's log. Gives the path of the summary, for the tasks that follow."""
    summary = os.path.join(os.path.dirname(job), 'last-run.json')
    command = [REVEIL, 'run', job, '--if-changed', '--force', '--summary', summary]
    done = subprocess.run(command, stderr=subprocess.STDOUT, stdout=subprocess.PIPE, text=True, check=False)
    print(done.stdout)
    if done.returncode == 99:
        raise AirflowSkipException('nothing has changed')
    if done.returncode in (2, 4, 6):
        raise AirflowFailException(f'exit {done.returncode}: {done.stdout[-500:]}')
    done.check_returncode()
    return summary


@dag(schedule='17 2 * * *', start_date=datetime.datetime(2026, 1, 1), catchup=False)
def wake_customers():
    @task(retries=2, retry_delay=datetime.timedelta(minutes=10))
    def wake():
        return run_reveil(JOB)

    wake()


wake_customers()
