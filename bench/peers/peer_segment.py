"""What DuckDB can do of `segment`: first and last order, days with an order, amount per client, in order of id. No scores, no states,
no models. Column types are given, so nothing is guessed."""
import sys

import duckdb

orders, out, as_of, threads = sys.argv[1:]
connection = duckdb.connect()
connection.execute(f"set threads={int(threads)}")
connection.execute(f"""copy (
    select client_id, min(date) filter (amount >= 0) as first_order, max(date) filter (amount >= 0) as last_order,
           count(distinct date) filter (amount >= 0) as orders, sum(amount) as amount
    from read_csv('{orders}', columns={{'client_id': 'varchar', 'date': 'date', 'amount': 'decimal(12,2)', 'order_id': 'varchar'}}, header=true)
    where date <= date '{as_of}' group by client_id order by client_id) to '{out}' (header)""")
print(duckdb.__version__)
