#!/bin/sh
# nightly.sh JOB: a night's run for cron. Mails only when something is wrong, since cron mails what is printed.
#
#   17 2 * * *  /usr/local/share/reveil/nightly.sh /srv/brand/job.yaml
#
# cron gives no terminal and nearly no environment: paths are absolute, and the time limit is the caller's own.
set -u
job=$1
reveil=${REVEIL:-reveil}
folder=$(dirname "$job")
log=$folder/last-run.log
"$reveil" run "$job" --if-changed --force --summary "$folder/last-run.json" --progress none >"$log" 2>&1
code=$?
case $code in
    0 | 99) exit 0 ;; # done, or nothing had changed
    4) echo "reveil: a gate was missed, yesterday's files are kept" ;;
    *) echo "reveil: the run failed with exit code $code" ;;
esac
cat "$log"
exit $code
