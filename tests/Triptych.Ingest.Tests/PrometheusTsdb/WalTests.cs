using System.Text;
using Triptych.Ingest.PrometheusTsdb;
using Triptych.Model.Labels;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

public sealed class WalTests : IDisposable
{
    private static readonly byte[][] Records =
    [
        TsdbLog.Series(1, ("__name__", "up"), ("job", "a")), TsdbLog.Series(7, ("__name__", "load")), TsdbLog.Samples((1, 1000, 1), (7, 900, -0.0), (1, 2000, SpecialValues.StaleMarker)),
        TsdbLog.Deleted(7, 100, 950), TsdbLog.Exemplar(1, 1000, 0.5, ("trace_id", "abc")), TsdbLog.Metadata(1, 2, "", "Whether it is up."),
        TsdbLog.Histogram(7, 3000, ChunkTests.Exponential(2), isFloat: false), TsdbLog.Histogram(7, 4000, ChunkTests.Custom(3), isFloat: true),
    ];

    private static readonly string[] Expected =
    [
        "series 1 __name__=up job=a", "series 7 __name__=load", "1 1000 3ff0000000000000", "7 900 8000000000000000", "1 2000 7ff0000000000002", "deleted 7 100..950",
        "exemplar 1 1000 0.5 trace_id=abc", "metadata 1 gauge '' 'Whether it is up.'", "7 3000 histogram 3 40 3", "7 4000 histogram -53 12 3",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-tsdb-").FullName;
    private readonly List<TsdbDamage> _damage = [];

    private string Segment => Path.Combine(_folder, "00000000");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(TsdbCompression.None)]
    [InlineData(TsdbCompression.Snappy)]
    [InlineData(TsdbCompression.Zstd)]
    public void Every_kind_of_record_is_read(TsdbCompression compression)
    {
        Read(TsdbLog.Segment(compression, Records)).ShouldBe(Expected);
        _damage.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Histograms_of_schemas_above_8_are_reduced_to_8(bool isFloat)
    {
        byte[] Record(int schema) => TsdbLog.Histogram(7, 3000, ChunkTests.Exponential(2) with { Schema = schema }, isFloat);

        Read(TsdbLog.Segment(TsdbCompression.None, Record(10), Record(52), Record(53))).ShouldBe(["7 3000 histogram 8 40 3", "7 3000 histogram 8 40 3"]);
        _damage.ShouldHaveSingleItem().Reason.ShouldBe("a histogram has the schema 53, which this version does not know");
    }

    [Fact]
    public void Records_go_over_pages_and_zeros_fill_the_last()
    {
        var samples = Enumerable.Range(0, 9000).Select(static i => (1UL, 1000L + i, i * 0.1)).ToArray();
        byte[] segment = [.. TsdbLog.Segment(TsdbCompression.None, Records[0], TsdbLog.Samples(samples), Records[1]), .. new byte[1000]];
        Read(segment).Count.ShouldBe(9002);
        _damage.ShouldBeEmpty();
    }

    [Fact]
    public void Behind_damage_reading_goes_on_at_the_next_page()
    {
        var samples = Enumerable.Range(0, 2500).Select(static i => (1UL, 1000L + i, i * 0.1)).ToArray();
        var segment = TsdbLog.Segment(TsdbCompression.None, [Records[0], .. Enumerable.Repeat(TsdbLog.Samples(samples), 3), Records[1]]);
        segment.Length.ShouldBeGreaterThan(64 * 1024);
        segment[40_000] ^= 1;
        var found = Read(segment);
        found[^1].ShouldBe("series 7 __name__=load");
        found.Count.ShouldBe(2502, "the first samples are whole, the second ones end in the page that is lost, the third ones begin in it");
        _damage.ShouldHaveSingleItem().File.ShouldBe(Segment);
    }

    [Fact]
    public void A_segment_cut_anywhere_is_told_unless_it_is_cut_between_records()
    {
        var whole = TsdbLog.Segment(TsdbCompression.Snappy, Records);
        var ends = Enumerable.Range(0, Records.Length + 1).Select(n => TsdbLog.Segment(TsdbCompression.Snappy, Records[..n]).Length).ToHashSet();
        for (var length = 0; length < whole.Length; length++)
        {
            _damage.Clear();
            Read(whole[..length]);
            (_damage.Count == 0).ShouldBe(ends.Contains(length), $"{length} of {whole.Length}");
        }
    }

    [Fact]
    public void A_kind_of_record_that_is_not_known_is_named()
    {
        Read(TsdbLog.Segment(TsdbCompression.None, [42, 1, 2], Records[0])).ShouldBe(Expected[..1]);
        _damage.ShouldHaveSingleItem().Reason.ShouldBe("a record has the type 42, which this version does not know");
    }

    [Fact]
    public void A_directory_names_its_live_blocks_and_the_files_of_its_head()
    {
        const string Parent = "01HXAAAAAAAAAAAAAAAAAAAAAA";
        const string Child = "01HXBBBBBBBBBBBBBBBBBBBBBB";
        TsdbBlockFiles.Write(_folder, Parent, [TsdbSeries.Of("up", "a", (1, 1))]);
        TsdbBlockFiles.Write(_folder, Child, [TsdbSeries.Of("up", "a", (1, 1))], compaction: $$"""{"parents":[{"ulid":"{{Parent}}"}]}""");
        Directory.CreateDirectory(Path.Combine(_folder, Child + ".tmp-for-deletion"));
        foreach (var file in new[] { "wal/00000003", "wal/00000004", "wal/00000005", "wal/checkpoint.00000002/00000000", "wal/checkpoint.00000003/00000000", "wbl/00000000", "chunks_head/000001" })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_folder, file))!);
            File.WriteAllBytes(Path.Combine(_folder, file), []);
        }

        var (directory, problem) = TsdbDirectory.Open(_folder);
        problem.ShouldBeNull();
        using var opened = directory.ShouldNotBeNull();
        opened.Blocks.Select(static b => b.Ulid).ShouldBe([Child]);
        opened.WalFiles.Select(f => Path.GetRelativePath(_folder, f)).ShouldBe(["wal/checkpoint.00000003/00000000", "wal/00000004", "wal/00000005"]);
        opened.OutOfOrderFiles.Count.ShouldBe(1);
        opened.HeadChunkFiles.Count.ShouldBe(1);
        opened.Damage.ShouldBeEmpty();
    }

    [Fact]
    public void A_directory_that_a_prometheus_runs_on_is_refused()
    {
        TsdbBlockFiles.Write(_folder, "01HXAAAAAAAAAAAAAAAAAAAAAA", [TsdbSeries.Of("up", "a", (1, 1))]);
        using (new FileStream(Path.Combine(_folder, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            TsdbDirectory.Open(_folder).Problem.ShouldNotBeNull().ShouldContain("a Prometheus is running on");
        }

        var (directory, problem) = TsdbDirectory.Open(_folder);
        problem.ShouldBeNull("the file is left behind by one that was killed");
        directory!.Dispose();
    }

    [Fact]
    public void What_is_no_data_directory_is_refused() => TsdbDirectory.Open(_folder).Problem.ShouldNotBeNull().ShouldContain("is not a data directory of Prometheus");

    private List<string> Read(byte[] segment)
    {
        File.WriteAllBytes(Segment, segment);
        var records = new Collected();
        var decoder = new WalRecordDecoder();
        using var reader = new WalReader(Segment, _damage.Add);
        while (reader.TryRead(out var record))
        {
            if (decoder.Decode(record, records) is { } problem) _damage.Add(new TsdbDamage(Segment, reader.RecordOffset, problem));
        }

        return records.Lines;
    }

    private sealed class Collected : IWalRecords
    {
        public List<string> Lines { get; } = [];

        public void Series(ulong series, ReadOnlySpan<byte> labels) => Lines.Add($"series {series} {Text(labels)}");

        public void Sample(ulong series, long timestampMs, double value) => Lines.Add($"{series} {timestampMs} {BitConverter.DoubleToInt64Bits(value):x16}");

        public void Sample(ulong series, long timestampMs, FloatHistogram histogram) =>
            Lines.Add(FormattableString.Invariant($"{series} {timestampMs} histogram {histogram.Schema} {histogram.Count} {histogram.Sum}"));

        public void Deleted(ulong series, DeletedRange range) => Lines.Add($"deleted {series} {range.MinTimeMs}..{range.MaxTimeMs}");

        public void Exemplar(ulong series, long timestampMs, double value, ReadOnlySpan<byte> labels) =>
            Lines.Add(FormattableString.Invariant($"exemplar {series} {timestampMs} {value} {Text(labels)}"));

        public void Metadata(ulong series, string type, string unit, string help) => Lines.Add($"metadata {series} {type} '{unit}' '{help}'");

        private static string Text(ReadOnlySpan<byte> labels)
        {
            var parts = new List<string>();
            var reader = new LabelSetReader(labels);
            while (reader.TryRead(out var name, out var value)) parts.Add($"{Encoding.UTF8.GetString(name)}={Encoding.UTF8.GetString(value)}");
            return string.Join(' ', parts);
        }
    }
}
