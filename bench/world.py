"""The data of a run: a synthetic world, its megabase, what of it is derived. Made once, kept in a folder of its own.

A world is fixed by contacts, clients and seed. The megabase depends on the program too: one of another format than the
program writes is made anew, and --rebuild asks for it.
"""
import hashlib
import os
import re
import shutil

ROLES = {"civilite": "civility", "prenom": "first_name", "nom": "last_name", "email": "email", "telephone": "mobile",
         "fixe": "phone", "date_naissance": "birth_date", "adresse": "address_line", "complement": "address_extra",
         "code_postal": "postcode", "ville": "city"}
ORDERS_PER_CLIENT = 5
# The roles that make three kinds of key: e-mail, mobile number, name with address. Two columns less than all of them: no landline is
# looked for and no birth date, which the guard does without as well.
THREE_KEYS = ("civility", "first_name", "last_name", "email", "mobile", "address_line", "address_extra", "postcode", "city")


class World:
    def __init__(self, folder, contacts, clients, seed, tools):
        self.folder = os.path.join(folder, f"world-{contacts}-{clients}-{seed}")
        self.contacts, self.clients_asked, self.seed, self.tools = contacts, clients, seed, tools
        self.data = self.at("data")
        self.clients = os.path.join(self.data, "clients.csv")
        self.schema = os.path.join(self.data, "schema.yaml")
        self.image = self.at("mega.rvl")
        self.archive = self.at("mega.archive.rvl")
        self.flat = self.at("flat")
        self.orders = self.at("orders.csv")

    def at(self, *names):
        return os.path.join(self.folder, *names)

    def make(self, orders=True):
        os.makedirs(self.folder, exist_ok=True)
        if not os.path.exists(os.path.join(self.data, "truth.csv")):
            self.tools.say(f"a world of {self.contacts} contacts and {self.clients_asked} clients")
            self.tools.reveil("synth", "--contacts", self.contacts, "--clients", self.clients_asked, "--seed", self.seed,
                              "--out", self.data, "--force")
        if orders and not os.path.exists(self.orders):
            self.sample_orders(os.path.join(self.data, "transactions.csv"))

    def sample_orders(self, path):
        """The latest orders, ORDERS_PER_CLIENT a client: the design's case has 5 M for 1 M clients, the world some 14 M."""
        months = {}
        with open(path, "rb") as file:
            head = next(file)
            for line in file:
                month = line.split(b",", 2)[1][:7]
                months[month] = months.get(month, 0) + 1
        kept, since = 0, b""
        for month in sorted(months, reverse=True):
            if kept >= ORDERS_PER_CLIENT * self.clients_asked:
                break
            kept, since = kept + months[month], month
        with open(path, "rb") as file, open(self.orders + ".tmp", "wb") as out:
            out.write(head)
            next(file)
            out.writelines(line for line in file if line.split(b",", 2)[1] >= since)
        os.replace(self.orders + ".tmp", self.orders)

    def sources(self):
        folder = os.path.join(self.data, "sources")
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]

    def build_command(self):
        return [self.tools.program, "build", "--schema", self.schema, *self.sources(), "--out", self.image, "--seed", self.seed,
                "--force", "--quiet"]

    def enrich_command(self, megabase, out, clients=None, threads=None, only=None, more=()):
        """only: the roles to match by; the columns of all others are left out."""
        roles = {c: r for c, r in ROLES.items() if only is None or r in only}
        left_out = [c for c in ROLES if c not in roles] + ["date_creation"]
        command = [self.tools.program, "enrich", "--megabase", megabase, "--clients", clients or self.clients, "--id", "client_id",
                   "--out", out, "--force", "--quiet", "--ignore", ",".join(left_out)]
        for column, role in roles.items():
            command += ["--role", f"{column}={role}"]
        return command + (["--threads", str(threads)] if threads else []) + list(more)

    def job(self, name, score, out):
        """A job file for `run`; score is what stands under that key, in YAML. It learns a profile unless it brings one."""
        path = self.at(name)
        roles = ", ".join(f"{c}: {r}" for c, r in ROLES.items())
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"version: 1\nmegabase: {self.image}\n"
                       f"clients: {{file: {self.clients}, id: client_id, ignore: [date_creation], roles: {{{roles}}}}}\n"
                       f"transactions: {{file: {self.orders}, client: client_id, date: date, amount: amount, order: order_id}}\n"
                       f"as_of: 2026-11-01\nscore: {score}\n"
                       f"out: {{enriched: {out}/enriched.csv, segments: {out}/segments.csv, scores: {out}/scores.csv"
                       f"{'' if 'profile:' in score else f', profile: {out}/profile.json'}}}\n")
        return path

    def first_client(self):
        """A client file of one row, for the first answer."""
        path = self.at("one.csv")
        with open(self.clients, encoding="utf-8") as file, open(path, "w", encoding="utf-8") as out:
            out.write(next(file) + next(file))
        return path

    def head(self, clients):
        """The first clients of the file, as a file."""
        path = self.at(f"clients-{clients}.csv")
        if not os.path.exists(path):
            with open(self.clients, "rb") as file, open(path + ".tmp", "wb") as out:
                for _ in range(clients + 1):
                    out.write(file.readline())
            os.replace(path + ".tmp", path)
        return path

    def attributes(self):
        """[(name, type)] of the megabase's attributes."""
        with open(self.schema, encoding="utf-8") as file:
            return re.findall(r"\{name: (\w+), role: attribute, type: (\w+)", file.read())

    def rows(self):
        """Contacts that the sources were merged into."""
        found = re.search(r"^\s*(\d+) contacts", self.tools.reveil("info", self.image).text, re.M)
        return int(found.group(1)) if found else 0

    def flat_table(self, parts=4):
        """What the peers get: all contacts as zstd CSV, in parts so that they can read several at once. Kept as long as a
        sample of the megabase's contacts stays the same, whatever its format."""
        rows = self.rows()
        probe = self.at("probe.csv")
        self.tools.run([self.tools.bench("export_contacts"), self.image, probe, self.tools.threads, rows // 2, 20000])
        with open(probe, "rb") as file:
            mark = self.at("flat", f"{rows}-{hashlib.sha256(file.read()).hexdigest()[:16]}")
        os.remove(probe)
        if os.path.exists(mark):
            return
        shutil.rmtree(self.flat, ignore_errors=True)
        os.makedirs(self.flat)
        step = -(-rows // parts)
        for part in range(parts):
            self.tools.say(f"contacts as CSV, part {part + 1} of {parts}")
            self.tools.run([self.tools.bench("export_contacts"), self.image, self.at("flat", f"contacts-{part}.csv.zst"),
                            self.tools.threads, part * step, step])
        self.tools.run([self.tools.bench("export_contacts"), self.image, self.at("flat", "columns.csv"), 1, 0, 0])
        open(mark, "w", encoding="utf-8").close()
