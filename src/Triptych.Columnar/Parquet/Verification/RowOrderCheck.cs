using Triptych.Columnar.Parquet.Reading;
using Triptych.Columnar.Parquet.Writing;
using Triptych.Primitives.Checksums;

namespace Triptych.Columnar.Parquet.Verification;

/// <summary>Looks whether each row of a row group comes behind the one before.</summary>
internal sealed class RowOrderCheck(string fileName, IReadOnlyList<RowOrderKey> keys, long offset)
{
    private readonly byte[]?[] _last = new byte[]?[keys.Count];
    private readonly HashSet<ulong>[] _seen = [.. keys.Select(_ => new HashSet<ulong>())];
    private long _row;

    public void Add(RowCursor cursor)
    {
        for (var i = 0; i < cursor.RowCount; i++, _row++)
            Add(cursor, i);
    }

    private void Add(RowCursor cursor, int row)
    {
        var isBehind = _row == 0;
        for (var k = 0; k < keys.Count; k++)
        {
            var page = cursor.Page(k);
            var slot = cursor.Offset(k) + row;
            var isNull = page.IsNull(slot);
            var value = page.Bytes(slot);
            if (!isBehind)
            {
                var compared = Compare(keys[k], isNull, value, _last[k]);
                if (keys[k].IsGrouped)
                    compared = compared == 0 ? 0 : _seen[k].Contains(Hash(isNull, value)) ? -1 : 1;
                if (compared < 0)
                {
                    throw new CorruptFileException(
                        fileName, offset, $"row {_row} of the row group is out of order in column {keys[k].Column.Name}");
                }

                isBehind = compared > 0;
            }

            if (isBehind)
                Begin(k, isNull, value);
        }
    }

    /// <summary>The value of this key, and so of those behind it, begins anew.</summary>
    private void Begin(int key, bool isNull, ReadOnlySpan<byte> value)
    {
        _last[key] = isNull ? null : value.ToArray();
        if (!keys[key].IsGrouped)
            return;
        _seen[key].Add(Hash(isNull, value));
        for (var k = key + 1; k < keys.Count; k++)
            _seen[k].Clear();
    }

    // Two streams of one hash would be taken for one: then a break in the order may go unseen, and once in 2^64 one is seen that is none.
    private static ulong Hash(bool isNull, ReadOnlySpan<byte> value) => isNull ? 0 : XxHash64.Compute(value);

    private static int Compare(RowOrderKey key, bool isNull, ReadOnlySpan<byte> value, byte[]? last)
    {
        if (isNull || last is null)
            return isNull == last is null ? 0 : isNull == key.NullsFirst ? -1 : 1;
        var compared = PageStatistics.Compare(key.Column, value, last);
        return key.Descending ? -compared : compared;
    }
}
