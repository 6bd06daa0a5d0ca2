using Triptych.Primitives.Checksums;

namespace Triptych.Logs.Scan;

/// <summary>The rows of one time that were returned, so that an equal one from another source is not returned again.</summary>
internal sealed class EqualRows
{
    private const int MostCompared = 8;

    private readonly List<(LoadedSlice Slice, int Row)> _rows = [];
    private readonly Dictionary<ulong, int> _byHash = [];

    /// <summary>Forgets all rows: the next is of another time.</summary>
    public void Clear()
    {
        _rows.Clear();
        _byHash.Clear();
    }

    /// <summary>Takes a row; false where an equal one is there. All are of one time.</summary>
    public bool TryAdd(LoadedSlice slice, int row)
    {
        // Few rows have the same nanosecond; senders that cut times to seconds have thousands, and those are hashed.
        if (_rows.Count < MostCompared)
        {
            foreach (var (other, otherRow) in _rows)
            {
                if (LoadedSlice.IsSame(other, otherRow, slice, row)) return false;
            }

            _rows.Add((slice, row));
            return true;
        }

        if (_byHash.Count == 0)
        {
            for (var i = 0; i < _rows.Count; i++) _byHash[FreeHash(_rows[i].Slice, _rows[i].Row)!.Value] = i;
        }

        if (FreeHash(slice, row) is not { } hash) return false;
        _byHash[hash] = _rows.Count;
        _rows.Add((slice, row));
        return true;
    }

    /// <summary>A key for the row that no other has; null where an equal row is there.</summary>
    private ulong? FreeHash(LoadedSlice slice, int row)
    {
        var hash = XxHash64.Compute(slice.Line![row], XxHash64.Compute(slice.Metadata![row], (ulong)slice.Streams[row]));
        for (; _byHash.TryGetValue(hash, out var known); hash++)
        {
            if (LoadedSlice.IsSame(_rows[known].Slice, _rows[known].Row, slice, row)) return null;
        }

        return hash;
    }
}
