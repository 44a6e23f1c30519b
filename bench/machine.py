"""What a figure depends on beside the program: the machine, its load, the versions of everything."""
import os
import platform
import re
import shutil
import subprocess


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return (done.stdout or done.stderr).splitlines()[0].strip()
    except (OSError, subprocess.CalledProcessError, IndexError):
        return ""


def field(path, pattern):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            found = re.search(pattern, file.read(), re.M)
            return found.group(1).strip() if found else ""
    except OSError:
        return ""


def load():
    with open("/proc/loadavg", encoding="ascii") as file:
        return " ".join(file.read().split()[:3])


def stolen():
    """Seconds that the host gave to others, over all cores: a noisy neighbour shows here."""
    ticks = field("/proc/stat", r"^cpu +((?:\d+ *)+)$").split()
    return int(ticks[7]) / os.sysconf("SC_CLK_TCK") if len(ticks) > 7 else 0.0


def short_name():
    model = field("/proc/cpuinfo", r"^model name\s*: (.*)$") or platform.machine()
    word = re.sub(r"\(R\)|\(TM\)|CPU|Processor|@.*", " ", model)
    family = field("/proc/cpuinfo", r"^model\s*: (.*)$")
    return re.sub(r"[^a-z0-9]+", "-", f"{word} {family} {os.cpu_count()}c".lower()).strip("-")


def facts(folder):
    """[(what, value)], for the head of the result file."""
    memory = int(field("/proc/meminfo", r"^MemTotal:\s+(\d+)") or 0) / 1e6
    free = shutil.disk_usage(folder).free / 1e9
    flags = field("/proc/cpuinfo", r"^flags\s*: (.*)$").split()
    simd = [name for name in ("avx2", "avx512bw", "avx512vbmi2") if name in flags]
    return [
        ("processor", field("/proc/cpuinfo", r"^model name\s*: (.*)$") + ", family " + field("/proc/cpuinfo", r"^cpu family\s*: (.*)$") +
         ", model " + field("/proc/cpuinfo", r"^model\s*: (.*)$")),
        ("cores", f"{os.cpu_count()}; {', '.join(simd) or 'SSE2'}"),
        ("memory", f"{memory:.1f} GB; huge pages: {field('/sys/kernel/mm/transparent_hugepage/enabled', '(.*)')}"),
        ("disk", f"{first_line(['findmnt', '-no', 'FSTYPE,SOURCE', '-T', folder])}, {free:.0f} GB free"),
        ("system", f"{field('/etc/os-release', 'PRETTY_NAME=.(.*).$')}, Linux {platform.release()}"),
        ("compiler", first_line(["cc", "--version"])),
        ("libraries", ", ".join(f"{name} {first_line(['pkg-config', '--modversion', name])}" for name in ("libzstd", "libxxhash", "zlib"))),
    ]


def peer_versions(python):
    code = ("import importlib.metadata as m\n"
            "for n in ('duckdb','polars','splink','chdb','chdb-core','numpy','faiss-cpu','lightgbm','scikit-learn','interpret','pyarrow'):\n"
            "  try: print(n, m.version(n), end=', ')\n"
            "  except m.PackageNotFoundError: pass\n")
    return f"{first_line([python, '--version'])}, {first_line([python, '-c', code]).rstrip(', ')}"
