using Triptych.Benchmarks.Columnar;
using Triptych.Ingest;
using Triptych.Ingest.LokiPush;
using Triptych.Logs.Patterns;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Compression;
using Triptych.Primitives.Memory;

namespace Triptych.Benchmarks.Logs;

/// <summary>
/// What finding patterns costs and keeping them takes, over bodies of Loki pushes (snappy protobuf) in a folder, 65,536 lines at a time, sorted by stream as
/// row groups are: processor time a line of hashing shapes alone and of the whole section, lines whose shape was new, bytes of sections a line.
/// <code>dotnet run -c Release --project bench/Triptych.Benchmarks -- patterns DIR [ROUNDS]</code>
/// </summary>
internal static class PatternReport
{
    private const int RowGroupRows = 64 * 1024;
    private const int MostRowGroups = 12;

    public static void Run(string directory, int rounds)
    {
        var groups = Load(directory);
        var lines = groups.Sum(g => (long)g.Rows.Length);
        var (lineBytes, streams) = (groups.Sum(g => g.Rows.Sum(r => (long)r.Length)), groups.Max(g => g.Rows.Max(r => r.Stream)) + 1);
        Console.WriteLine($"{groups.Count} row groups, {lines} lines of {lineBytes / lines} bytes, {streams} streams");
        for (var round = 0; round < rounds; round++)
        {
            var (shapes, shape, start) = (0UL, new LineShape(), ThreadClock.Now);
            foreach (var group in groups)
            {
                foreach (var row in group.Rows) shapes ^= shape.Of(group.Text.AsSpan(row.Start, row.Length), 7);
            }

            var hashed = ThreadClock.Now - start;
            start = ThreadClock.Now;
            var (bytes, without) = (0L, 0);
            using var patterns = new RowGroupPatterns(MemoryBudget.Unlimited("benchmark"));
            using var section = new PooledBufferWriter();
            foreach (var group in groups)
            {
                patterns.Begin();
                foreach (var row in group.Rows) patterns.Add(row.Stream, row.Time, row.Level, group.Text.AsSpan(row.Start, row.Length));
                section.Reset();
                if (!patterns.TryFinish(section)) without++;
                bytes += section.Length;
            }

            var mined = ThreadClock.Now - start;
            Console.WriteLine(
                $"shapes {hashed.TotalNanoseconds / lines:F0} ns, sections {mined.TotalNanoseconds / lines:F0} ns a line, "
                + $"{bytes / (double)lines:F3} bytes a line, "
                + $"{without} without ({shapes & 1})");
        }
    }

    private static List<Group> Load(string directory)
    {
        var groups = new List<Group>();
        var streams = new Dictionary<string, int>(StringComparer.Ordinal);
        var (text, rows) = (new List<byte>(), new List<Row>());
        using var batch = new LogBatch(MemoryBudget.Unlimited("benchmark"));
        foreach (var file in Directory.GetFiles(directory, "*.bin").Order(StringComparer.Ordinal))
        {
            if (Snappy.TryDecompress(File.ReadAllBytes(file), 64 << 20, null, out var body) != CodecStatus.Done) throw new InvalidDataException(file);
            var (options, outcome) = (LogIntakeOptions.Default, new DecodeOutcome());
            using (body) LokiPushDecoder.Decode(body!.Span, BodyEncoding.Protobuf, DateTimeOffset.UnixEpoch, options, batch, outcome);
            foreach (var entry in batch.Entries)
            {
                var labels = Convert.ToHexString(batch.Read(batch.Streams[entry.Stream].Labels));
                if (!streams.TryGetValue(labels, out var stream)) streams[labels] = stream = streams.Count;
                var line = batch.Read(entry.Line);
                rows.Add(new Row(stream, entry.TimeUnixNanos, entry.Level, text.Count, line.Length));
                text.AddRange(line);
            }

            batch.Clear();
            if (rows.Count < RowGroupRows) continue;
            groups.Add(new Group([.. text], [.. rows.Take(RowGroupRows).OrderBy(r => r.Stream).ThenBy(r => r.Time)]));
            text.Clear();
            rows.Clear();
            if (groups.Count == MostRowGroups) break;
        }

        return groups;
    }

    private sealed record Group(byte[] Text, Row[] Rows);

    private readonly record struct Row(int Stream, long Time, LogLevel Level, int Start, int Length);
}
