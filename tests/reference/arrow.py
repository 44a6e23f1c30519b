#!/usr/bin/env python3
"""arrow.py LIBREVEIL.so [--seed N] [--tables N]: the Arrow C stream interface beside pyarrow.

Random tables of every type that is read, sliced, chunked, with nulls and dictionaries, go from pyarrow through
rv_table_from_arrow; the file is read back by rv_table_to_arrow into pyarrow, and each value has to be what Python says it
is. Then types that aren't read have to be refused by name, and failures on either side have to arrive on the other. Ends
with 77 where pyarrow isn't there (pip install pyarrow).
"""
import argparse
import ctypes
import datetime
import decimal
import os
import random
import sys
import tempfile

try:
    import pyarrow as pa
except ImportError:
    print('skipped: pyarrow is not there')
    sys.exit(77)

BAD_INPUT = 3


class Stream(ctypes.Structure):
    _fields_ = [(name, ctypes.c_void_p) for name in ('get_schema', 'get_next', 'get_last_error', 'release', 'private_data')]


class Error(ctypes.Structure):
    _fields_ = [('status', ctypes.c_int), ('sys_errno', ctypes.c_int), ('line', ctypes.c_uint64),
                ('column', ctypes.c_uint64), ('offset', ctypes.c_uint64), ('file', ctypes.c_char * 256),
                ('message', ctypes.c_char * 768), ('hint', ctypes.c_char * 512), ('code', ctypes.c_uint),
                ('french', ctypes.c_char * 768), ('french_hint', ctypes.c_char * 512)]


class Dialect(ctypes.Structure):
    _fields_ = [('separator', ctypes.c_char), ('quote', ctypes.c_char), ('encoding', ctypes.c_int), ('header', ctypes.c_int),
                ('decimal', ctypes.c_char), ('date_order', ctypes.c_int), ('skip_lines', ctypes.c_uint32),
                ('strict', ctypes.c_bool), ('country', ctypes.c_char * 3), ('escape', ctypes.c_char),
                ('skip_given', ctypes.c_bool), ('footer', ctypes.c_int), ('repair', ctypes.c_bool)]


class Table(ctypes.Structure):
    _fields_ = [('path', ctypes.c_char_p), ('id', ctypes.c_char_p), ('roles', ctypes.c_void_p), ('n_roles', ctypes.c_size_t),
                ('ignore', ctypes.c_void_p), ('n_ignore', ctypes.c_size_t), ('schema', ctypes.c_char_p), ('dialect', Dialect)]


class Reveil:
    def __init__(self, path):
        self.library = ctypes.CDLL(path)

    def write(self, reader, path, dialect=None):
        stream, error = Stream(), Error()
        reader._export_to_c(ctypes.addressof(stream))
        status = self.library.rv_table_from_arrow(ctypes.byref(stream), path.encode(),
                                                  ctypes.byref(dialect) if dialect is not None else None, None, None,
                                                  ctypes.byref(error))
        assert not stream.release, 'the stream has not been released'
        return status, error

    def read(self, path, dialect=None):
        stream, error = Stream(), Error()
        table = Table(path=path.encode())
        if dialect is not None:
            table.dialect = dialect
        status = self.library.rv_table_to_arrow(ctypes.byref(table), None, ctypes.byref(stream), ctypes.byref(error))
        assert status == 0, error.message
        return pa.RecordBatchReader._import_from_c(ctypes.addressof(stream))


# --- What a value's text should be -------------------------------------------------------------------------------------

def clock(value, digits):
    """Whole units since 1970 as text, by whole numbers alone."""
    second, fraction = divmod(value, 10 ** digits)
    day, second = divmod(second, 86400)
    text = (datetime.date(1970, 1, 1) + datetime.timedelta(days=day)).isoformat()
    text += f' {second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}'
    fraction = f'{fraction:0{digits}}'.rstrip('0') if digits and fraction else ''
    return text + ('.' + fraction if fraction else '')


def shown(scalar, kind):
    """The text that is expected, or a function that judges one."""
    if not scalar.is_valid:
        return None
    if pa.types.is_dictionary(kind):
        return shown(scalar.value if hasattr(scalar, 'value') else scalar.as_py(), kind.value_type)
    if pa.types.is_boolean(kind):
        return 'true' if scalar.as_py() else 'false'
    if pa.types.is_timestamp(kind):
        digits = {'s': 0, 'ms': 3, 'us': 6, 'ns': 9}[kind.unit]
        return clock(scalar.cast(pa.int64()).as_py() if kind.tz is None else scalar.value, digits) + ('+00' if kind.tz else '')
    if pa.types.is_date(kind):
        return scalar.as_py().isoformat()
    if pa.types.is_float64(kind):
        return repr(scalar.as_py())
    if pa.types.is_float32(kind):
        return lambda text: pa.scalar(float(text), pa.float32()) == scalar and len(text) <= 16
    if pa.types.is_decimal(kind):
        return f'{scalar.as_py():f}'
    return str(scalar.as_py())


# --- Random tables -----------------------------------------------------------------------------------------------------

TEXTS = ['', 'x', 'Zoé', 'a,b', 'say "hi"', 'two\nlines', 'cr\r', '00123', ' blank ', 'NULL', "'", '=1+1', '1,5', 'x' * 40,
         'a value of more than twelve bytes', '\U0001f600', ';;', '\t']


def integers(dice, bits, signed):
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return lambda: dice.choice([low, high, 0, 1, dice.randint(low, high)])


def doubles(dice):
    return lambda: dice.choice([0.0, -0.0, 1.0, 0.1, 1e15, 1e16, 1e-4, 1e-5, 5e-324, 2.0 ** dice.randint(-1074, 1023), 123456.75, 1e300, -2.5e-300,
                                dice.uniform(-1e6, 1e6), dice.gauss(0, 1) * 10.0 ** dice.randint(-30, 30)])


def makers(dice):
    days = (datetime.date(9999, 12, 31) - datetime.date(1970, 1, 1)).days
    first = (datetime.date(1, 1, 1) - datetime.date(1970, 1, 1)).days
    day = lambda: dice.choice([first, days, 0, -1, dice.randint(first, days)])
    text = lambda: dice.choice(TEXTS)
    made = {pa.null(): lambda: None, pa.bool_(): lambda: dice.random() < .5, pa.float64(): doubles(dice),
            pa.float32(): lambda: dice.choice([0.0, 0.1, 1e10, 1e-10, dice.uniform(-1e3, 1e3)]),
            pa.string(): text, pa.large_string(): text, pa.string_view(): text,
            pa.date32(): day, pa.date64(): lambda: day() * 86400000,
            pa.decimal128(9, 2): lambda: decimal.Decimal(dice.randint(-10 ** 9 + 1, 10 ** 9 - 1)).scaleb(-2),
            pa.decimal128(38, 38): lambda: decimal.Decimal(dice.choice([0, 1, -1, 10 ** 37])).scaleb(-38, decimal.Context(60)),
            pa.decimal128(38, 0): lambda: decimal.Decimal(dice.choice([10 ** 38 - 1, -10 ** 38 + 1, 0, 7]))}
    for bits in (8, 16, 32, 64):
        made[getattr(pa, f'int{bits}')()] = integers(dice, bits, True)
        made[getattr(pa, f'uint{bits}')()] = integers(dice, bits, False)
    for unit, digits in (('s', 0), ('ms', 3), ('us', 6), ('ns', 9)):
        low, high = max(first * 86400 * 10 ** digits, -2 ** 63 + 1), min((days + 1) * 86400 * 10 ** digits - 1, 2 ** 63 - 1)
        for zone in (None, 'Europe/Paris'):
            made[pa.timestamp(unit, zone)] = (lambda low, high, digits: lambda: dice.choice(
                [low, high, 0, -1, 10 ** digits, dice.randint(low, high)]))(low, high, digits)
    return made


def random_array(dice, kind, make, rows):
    """With a slice's offset in front and rows behind."""
    before, behind, lack = dice.randint(0, 9), dice.randint(0, 3), dice.choice([0, 0, .2, 1])
    values = [None if dice.random() < lack else make() for _ in range(before + rows + behind)]
    if pa.types.is_timestamp(kind):
        array = pa.array(values, pa.int64()).cast(kind)
    elif pa.types.is_date64(kind):
        array = pa.array(values, pa.int64()).cast(kind)
    elif pa.types.is_date32(kind):
        array = pa.array(values, pa.int32()).cast(kind)
    else:
        array = pa.array(values, kind)
    return array.slice(before, rows)


def random_batches(dice, kinds):
    batches = []
    for _ in range(dice.randint(0, 4)):
        rows = dice.choice([0, 1, 7, 64, 200])
        arrays = []
        for kind, make in kinds:
            if pa.types.is_dictionary(kind):
                words = random_array(dice, kind.value_type, make, dice.randint(1, 20))
                codes = random_array(dice, kind.index_type, lambda: dice.randrange(len(words)), rows)
                arrays.append(pa.DictionaryArray.from_arrays(codes, words))
            else:
                arrays.append(random_array(dice, kind, make, rows))
        batch = pa.record_batch(arrays, schema=pa.schema([pa.field(f'c{i}', k) for i, (k, _) in enumerate(kinds)]))
        batches.append(batch.slice(dice.randint(0, rows)) if dice.random() < .3 else batch)
    return batches


def compare(reveil, folder, seed):
    dice = random.Random(seed)
    made = makers(dice)
    kinds = [(kind, made[kind]) for kind in dice.sample(list(made), dice.randint(1, len(made)))]
    for code in dice.sample([pa.int8(), pa.uint16(), pa.int32(), pa.int64()], 2):
        value = dice.choice([pa.string(), pa.int64(), pa.large_string()])
        kinds.append((pa.dictionary(code, value), made[value]))
    schema = pa.schema([pa.field(f'c{i}', kind) for i, (kind, _) in enumerate(kinds)])
    batches = random_batches(dice, kinds)
    path, dialect = os.path.join(folder, f'{seed}.csv'), Dialect()
    status, error = reveil.write(pa.RecordBatchReader.from_batches(schema, batches), path, dialect)
    assert status == 0, (seed, error.message)
    back = reveil.read(path, dialect).read_all()
    back.validate(full=True)
    assert back.schema.names == schema.names and set(back.schema.types) == {pa.string()}, seed
    assert back.num_rows == sum(batch.num_rows for batch in batches), seed
    for c, (kind, _) in enumerate(kinds):
        found = iter(back.column(c).to_pylist())
        for batch in batches:
            for r in range(batch.num_rows):
                expected, text = shown(batch.column(c)[r], kind), next(found)
                ok = expected(text) if callable(expected) else expected == text
                assert ok, f'seed {seed}, {kind}, row {r}: {text!r}, not {batch.column(c)[r]!r}'
    os.remove(path)
    return back.num_rows * len(kinds)


def refused(reveil, folder):
    """Each type that isn't read, by its column's name."""
    n = 0
    for kind in (pa.binary(), pa.large_binary(), pa.binary(4), pa.binary_view(), pa.float16(), pa.list_(pa.int32()),
                 pa.struct([('a', pa.int32())]), pa.map_(pa.string(), pa.int32()), pa.time32('s'), pa.time64('ns'),
                 pa.duration('ms'), pa.month_day_nano_interval(), pa.decimal256(50, 2), pa.dictionary(pa.int8(), pa.binary()),
                 pa.dense_union([pa.field('a', pa.int32())]), pa.run_end_encoded(pa.int32(), pa.string())):
        schema = pa.schema([('fine', pa.string()), ('odd one', kind)])
        path = os.path.join(folder, 'refused.csv')
        status, error = reveil.write(pa.RecordBatchReader.from_batches(schema, []), path)
        assert status == BAD_INPUT and b"'odd one'" in error.message and error.hint, (kind, error.message)
        assert not os.path.exists(path), kind
        n += 1
    return n


def faults(reveil, folder):
    path = os.path.join(folder, 'faults.csv')

    def batches():
        yield pa.record_batch({'a': ['x']})
        raise ValueError("no such thing as 'Zoé Martin'")
    status, error = reveil.write(pa.RecordBatchReader.from_batches(pa.schema([('a', pa.string())]), batches()), path)
    assert status == BAD_INPUT and b'no such thing' in error.message and b'Martin' not in error.message, error.message
    assert not os.path.exists(path)
    with open(path, 'w') as file:
        file.write('id;ville\n' + ''.join(f'{i};Lyon\n' for i in range(50)) + '50;Lyon;3;4\n51;Nice\n')
    try:
        reveil.read(path).read_all()
        raise SystemExit('a rejected row went unsaid')
    except (pa.ArrowInvalid, OSError) as error:
        assert 'ragged' in str(error), error
    reader = reveil.read(path)  # and dropped half-way
    reader.read_next_batch()
    del reader


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('library')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--tables', type=int, default=200)
    options = parser.parse_args()
    reveil = Reveil(options.library)
    with tempfile.TemporaryDirectory() as folder:
        cells = sum(compare(reveil, folder, seed) for seed in range(options.seed, options.seed + options.tables))
        n = refused(reveil, folder)
        faults(reveil, folder)
    print(f'pyarrow {pa.__version__}: {options.tables} tables from seed {options.seed}, {cells} values equal; {n} types refused by name')


if __name__ == '__main__':
    main()
