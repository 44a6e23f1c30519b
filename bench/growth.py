"""How time and memory grow with contacts, clients and threads: nothing may grow faster than linearly.

Worlds of 1, 4, 10, 40 million contacts up to the one asked for, all with the same number of clients asked for; smaller client
files are the first rows of the largest. So one world of --contacts and --clients gives both the table of clients and that of threads.
The partner files of a world are deleted once its megabase stands.
"""
import os
import shutil

from measure import Entry, Measure, in_turn, private_peak
from world import World

CONTACTS = (1_000_000, 4_000_000, 10_000_000, 40_000_000)
CLIENTS = (10_000, 100_000, 1_000_000, 10_000_000)


def megabase(args, tools, contacts, clients):
    """A world's client file and image; what only the build needs goes."""
    world = World(args.dir, contacts, clients, args.seed, tools)
    if not os.path.exists(world.image):
        world.make(orders=False)
        for name in ("transactions.csv", "truth_contacts.csv.zst"):
            if os.path.exists(os.path.join(world.data, name)):  # a run that was broken off has removed them
                os.remove(os.path.join(world.data, name))
        measure = in_turn([Entry(Measure("growth: build", f"{contacts}", args.threads, contacts, "contact"), world.build_command(),
                                 world.sources(), world.image, 1)], tools.say)
        shutil.rmtree(os.path.join(world.data, "sources"))
        return world, measure
    return world, []


def entry(args, tools, world, section, name, clients, threads):
    out = world.at("growth.csv")
    path = world.head(clients)
    runs = args.runs if clients <= 1_000_000 else min(args.runs, 3)
    command = world.enrich_command(world.image, out, path, threads)
    return Entry(Measure(section, name, threads, clients, "client"), command, [world.image, path], out, runs)


def growth(args, tools):
    measures = []
    standard = min(args.clients, 1_000_000)
    for contacts in [n for n in CONTACTS if n < args.contacts] + [args.contacts]:
        most = args.clients if contacts == args.contacts else standard
        world, built = megabase(args, tools, contacts, most)
        measures += built
        measures += in_turn([entry(args, tools, world, "growth: contacts", f"{contacts}", standard, args.threads)], tools.say)
        os.remove(world.at("growth.csv"))
    sizes = [n for n in CLIENTS if n < args.clients] + [args.clients]
    entries = [entry(args, tools, world, "growth: clients", f"{n}", n, args.threads) for n in sizes]
    measures += in_turn(entries, tools.say)
    for one in entries:
        one.measure.private = private_peak(one.command)
    threads = sorted({1, *[t for t in (2, 4, 8, 16, 32) if t < args.threads], args.threads})
    measures += in_turn([entry(args, tools, world, "growth: threads", f"{t}", standard, t) for t in threads], tools.say)
    return measures
