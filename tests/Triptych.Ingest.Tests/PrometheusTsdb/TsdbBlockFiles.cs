using System.Globalization;
using System.Text;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

/// <summary>A series of a block: its labels and its chunks.</summary>
public sealed record TsdbSeries((string Name, string Value)[] Labels, params TsdbChunk[] Chunks)
{
    public static TsdbSeries Of(string name, string job, params (long TimeMs, double Value)[] samples) =>
        new([("__name__", name), ("job", job)], new TsdbChunk(1, samples[0].TimeMs, samples[^1].TimeMs, samples.Length, TsdbChunks.Floats(samples)));
}

/// <summary>A chunk with what the index says of it.</summary>
public sealed record TsdbChunk(byte Encoding, long MinTimeMs, long MaxTimeMs, int Samples, byte[] Data);

/// <summary>Writes blocks as Prometheus does.</summary>
public static class TsdbBlockFiles
{
    /// <summary>Writes a block; returns its directory.</summary>
    public static string Write(
        string parent, string ulid, TsdbSeries[] series, (int Series, long MinTimeMs, long MaxTimeMs)[]? deleted = null, string compaction = """{"level":1}""")
    {
        var directory = Path.Combine(parent, ulid);
        Directory.CreateDirectory(Path.Combine(directory, "chunks"));
        var (chunks, places) = Chunks(series);
        var (index, references) = Index(series, places);
        File.WriteAllBytes(Path.Combine(directory, "chunks", "000001"), chunks);
        File.WriteAllBytes(Path.Combine(directory, "index"), index);
        File.WriteAllBytes(Path.Combine(directory, "tombstones"), Tombstones((deleted ?? []).Select(d => ((ulong)references[d.Series], d.MinTimeMs, d.MaxTimeMs))));
        var all = series.SelectMany(static s => s.Chunks).ToArray();
        var meta = string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"ulid":"{{ulid}}","minTime":{{all.Min(static c => c.MinTimeMs)}},"maxTime":{{all.Max(static c => c.MaxTimeMs) + 1}},"stats":{"numSamples":{{all.Sum(static c => c.Samples)}}},"compaction":{{compaction}},"version":1}""");
        File.WriteAllText(Path.Combine(directory, "meta.json"), meta);
        return directory;
    }

    public static (byte[] File, ulong[] Places) Chunks(TsdbSeries[] series)
    {
        var file = new TsdbBytes().UInt32(0x85BD40DD).Byte(1).Byte(0).Byte(0).Byte(0);
        var places = new List<ulong>();
        foreach (var chunk in series.SelectMany(static s => s.Chunks))
        {
            places.Add((ulong)file.Count);
            file.Unsigned((ulong)chunk.Data.Length);
            var start = file.Count;
            file.Byte(chunk.Encoding).Raw(chunk.Data).Checksum(start);
        }

        return (file.ToArray(), [.. places]);
    }

    public static (byte[] File, long[] References) Index(TsdbSeries[] series, ulong[] places)
    {
        var symbols = series.SelectMany(static s => s.Labels).SelectMany(static l => new[] { l.Name, l.Value }).Append("").Distinct()
            .OrderBy(static s => s, Comparer<string>.Create(Compare)).ToList();
        var list = new TsdbBytes().UInt32((uint)symbols.Count);
        foreach (var symbol in symbols) list.Text(symbol);
        var file = new TsdbBytes().UInt32(0xBAAAD700).Byte(2);
        var symbolsAt = file.Count;
        file.UInt32((uint)list.Count).Raw(list.ToArray()).Checksum(symbolsAt + 4);
        file.Align(16);
        var (seriesAt, references, nextPlace) = (file.Count, new List<long>(), 0);
        foreach (var one in series)
        {
            references.Add(file.Align(16).Count / 16);
            var entry = Entry(one, symbols, places, ref nextPlace);
            file.Unsigned((ulong)entry.Length);
            var start = file.Count;
            file.Raw(entry).Checksum(start);
        }

        var postingsAt = file.Align(4).Count;
        file.UInt32(4).UInt32(0).Checksum(postingsAt + 4);
        var contentsAt = file.Count;
        foreach (var at in new[] { symbolsAt, seriesAt, 0, 0, postingsAt, postingsAt }) file.UInt64((ulong)at);
        return (file.Checksum(contentsAt).ToArray(), [.. references]);
    }

    private static int Compare(string a, string b) => Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    public static byte[] Tombstones(IEnumerable<(ulong Series, long MinTimeMs, long MaxTimeMs)> deleted)
    {
        var file = new TsdbBytes().UInt32(0x0130BA30).Byte(1);
        foreach (var (series, min, max) in deleted) file.Unsigned(series).Signed(min).Signed(max);
        return file.Checksum(5).ToArray();
    }

    private static byte[] Entry(TsdbSeries series, List<string> symbols, ulong[] places, ref int nextPlace)
    {
        var entry = new TsdbBytes().Unsigned((ulong)series.Labels.Length);
        foreach (var (name, value) in series.Labels) entry.Unsigned((ulong)symbols.IndexOf(name)).Unsigned((ulong)symbols.IndexOf(value));
        entry.Unsigned((ulong)series.Chunks.Length);
        for (var i = 0; i < series.Chunks.Length; i++)
        {
            var (chunk, place) = (series.Chunks[i], places[nextPlace++]);
            if (i == 0) entry.Signed(chunk.MinTimeMs);
            else entry.Unsigned((ulong)(chunk.MinTimeMs - series.Chunks[i - 1].MaxTimeMs));
            entry.Unsigned((ulong)(chunk.MaxTimeMs - chunk.MinTimeMs));
            if (i == 0) entry.Unsigned(place);
            else entry.Signed((long)(place - places[nextPlace - 2]));
        }

        return entry.ToArray();
    }
}
