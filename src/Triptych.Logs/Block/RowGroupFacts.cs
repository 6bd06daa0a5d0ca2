using System.Text;
using Triptych.Columnar.Parquet.Reading;

namespace Triptych.Logs.Block;

/// <summary>
/// What is kept of a row group once it was read: its stream runs and the keys of its structured metadata. Both are small, or are not kept.
/// Any thread may call; two that come at once read twice.
/// </summary>
internal sealed class RowGroupFacts(ParquetFile file, int rowGroup)
{
    private const int MostRuns = 8192;
    private const int MostKeys = 64;
    private const int MostKeyBytes = 128;

    private readonly RowGroupReader _group = file.RowGroups[rowGroup];
    private StreamRuns? _runs;
    private HashSet<string>? _keys;
    private bool _hasTooManyKeys;

    /// <summary>The most bytes that the facts of a row group with so many rows come to, in a file of so many streams.</summary>
    public static long MostBytes(long rows, int streams) =>
        (Math.Min(Math.Min(rows, streams), MostRuns) * 8) + 1024;

    /// <summary>The runs of streams. The counter receives the bytes that were read for it.</summary>
    public async ValueTask<StreamRuns> RunsAsync(ReadCount count, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _runs) is { } known) return known;
        using var streams = await _group.ReadColumnAsync(_group.Find(LogBlockSchema.Stream), cancellationToken: cancellationToken);
        count.Add(streams);
        var runs = StreamRuns.Of(streams.Int32s);
        if (runs.Count <= MostRuns) Volatile.Write(ref _runs, runs);
        return runs;
    }

    /// <summary>False where no row has metadata of that key besides the ids, which have columns of their own.</summary>
    public async ValueTask<bool> MayHaveKeyAsync(string key, ReadCount count, CancellationToken cancellationToken)
    {
        if (_hasTooManyKeys) return true;
        if (Volatile.Read(ref _keys) is { } known) return known.Contains(key);
        using var decoded = await _group.ReadColumnAsync(
            file.Schema.Column(LogBlockSchema.Metadata, "key"), form: ColumnForm.Codes, cancellationToken: cancellationToken);
        count.Add(decoded);
        var keys = new HashSet<string>(StringComparer.Ordinal);
        var (slots, bytes) = decoded.IsCoded ? (decoded.Dictionary!.SlotCount, decoded.Dictionary) : (decoded.SlotCount, decoded);
        for (var i = 0; i < slots && keys.Count <= MostKeys; i++)
        {
            var name = bytes.Bytes(i);
            if (name.Length > MostKeyBytes) break;
            keys.Add(Encoding.UTF8.GetString(name));
            if (i + 1 == slots) Volatile.Write(ref _keys, keys);
        }

        if (slots == 0) Volatile.Write(ref _keys, keys);
        if (_keys is null) _hasTooManyKeys = true;
        return _keys is null || _keys.Contains(key);
    }
}

/// <summary>What reading has cost so far.</summary>
internal sealed class ReadCount
{
    /// <summary>Bytes read from storage.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>Pages decoded.</summary>
    public long Pages { get; private set; }

    /// <summary>Adds bytes that were read where they lie in memory.</summary>
    public void Add(long bytes) => SizeBytes += bytes;

    /// <summary>Adds what a column cost.</summary>
    public void Add(DecodedColumn column)
    {
        SizeBytes += column.StoredBytes;
        Pages += column.PagesRead;
    }
}
