using Triptych.Ingest.PrometheusTsdb;
using Triptych.Ingest.Tests.PrometheusTsdb;
using Triptych.Model.Metrics;

namespace Triptych.Fuzz.Tests.Ingest;

/// <summary>
/// Files of Prometheus, damaged anywhere: what reads them throws nothing but the one exception that names the place, gives nothing without bounds,
/// and gives the same when it reads again.
/// </summary>
public sealed class TsdbFuzzTests : IDisposable
{
    private const int MostSamplesOfChunk = 65_535;
    private static readonly FloatHistogram Exponential = new()
    {
        Schema = 2,
        Count = 10,
        Sum = 4,
        ZeroCount = 1,
        ZeroThreshold = 0.5,
        PositiveSpans = [new BucketSpan(1, 2)],
        PositiveBuckets = [4, 5],
    };

    private static readonly FloatHistogram Custom = new()
    {
        Schema = FloatHistogram.CustomBoundsSchema,
        Count = 3,
        Sum = 4,
        PositiveSpans = [new BucketSpan(0, 2)],
        PositiveBuckets = [1, 2],
        CustomBounds = [0.25, 0.123456],
    };

    private static readonly TsdbSeries[] Series =
    [
        TsdbSeries.Of("up", "a", (1000, 1), (2000, 0), (3500, 7.5)), TsdbSeries.Of("load", "b", (1000, 0.25)), new([("A", "x"), ("__name__", "up")]),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-fuzz-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Tsdb_chunks() => FuzzRun.Each(
        [
            [1, .. TsdbChunks.Floats((1000, 1), (2000, 2.5), (4000, SpecialValues.StaleMarker), (9_000_000, -1))],
            [2, .. TsdbChunks.Histograms(false, 1, (1, Exponential), (2, Exponential), (5, Exponential))],
            [3, .. TsdbChunks.Histograms(true, 3, (1, Exponential), (2, Exponential), (5, Exponential))],
            [2, .. TsdbChunks.Histograms(false, 0, (1, Custom), (3, Custom))],
        ],
        body => Twice(() =>
        {
            var samples = new CollectedSamples();
            if (body.Length == 0) return "";
            var problem = new ChunkDecoder().Decode(body[0], body.AsSpan(1), samples);
            (samples.Floats.Count + samples.Histograms.Count).ShouldBeLessThanOrEqualTo(MostSamplesOfChunk);
            foreach (var (_, histogram) in samples.Histograms)
            {
                histogram.PositiveSpans.Sum(static s => s.Length).ShouldBe(histogram.PositiveBuckets.Count);
                histogram.NegativeSpans.Sum(static s => s.Length).ShouldBe(histogram.NegativeBuckets.Count);
            }

            return $"{problem} {samples.Floats.Count} {samples.Histograms.Count}";
        }));

    [Fact]
    public void Tsdb_records() => FuzzRun.Each(
        [
            TsdbLog.Series(1, ("__name__", "up"), ("job", "a")), TsdbLog.Samples((1, 1000, 1), (7, 900, 2)), TsdbLog.Deleted(7, 1, 9), TsdbLog.Exemplar(1, 5, 0.5, ("trace_id", "x")),
            TsdbLog.Metadata(1, 2, "s", "Help."), TsdbLog.Histogram(7, 3000, Exponential, isFloat: false), TsdbLog.Histogram(7, 4000, Custom, isFloat: true),
        ],
        body => Twice(() =>
        {
            var counted = new CountedRecords();
            return $"{new WalRecordDecoder().Decode(body, counted)} {counted.Count}";
        }));

    [Fact]
    public void Tsdb_segments() => FuzzRun.Each(
        [
            TsdbLog.Segment(TsdbCompression.None, TsdbLog.Series(1, ("__name__", "up")), TsdbLog.Samples((1, 1000, 1)), TsdbLog.Samples((1, 2000, 1))),
            TsdbLog.Segment(TsdbCompression.Snappy, TsdbLog.Series(1, ("__name__", "up")), TsdbLog.Samples((1, 1000, 1))),
            TsdbLog.Segment(TsdbCompression.Zstd, TsdbLog.Series(1, ("__name__", "up"))),
        ],
        body =>
        {
            var file = Put("00000000", body);
            Twice(() =>
            {
                var damage = new List<TsdbDamage>();
                using var reader = new WalReader(file, damage.Add);
                var records = 0;
                while (reader.TryRead(out _)) records++;
                reader.Position.ShouldBeGreaterThanOrEqualTo(body.Length);
                damage.ShouldAllBe(d => d.File == file && d.Offset >= 0 && d.Offset <= body.Length);
                return $"{records} {string.Join(' ', damage)}";
            });
        });

    [Fact]
    public void Tsdb_indexes() => FuzzRun.Each([TsdbBlockFiles.Index(Series, [8, 99, 200]).File, TsdbBlockFiles.Index([Series[1]], [8]).File], body =>
    {
        var file = Put("index", body);
        Twice(() =>
        {
            var damage = new List<TsdbDamage>();
            var series = 0;
            try
            {
                using var index = BlockIndex.Open(file, damage.Add);
                var chunks = new List<ChunkRef>();
                foreach (var place in index.ByMetricName().SelectMany(static g => g.ToArray()))
                {
                    if (index.Read(place, chunks, out _) is { } lost) damage.Add(lost);
                    else series++;
                }
            }
            catch (TsdbDamageException e)
            {
                damage.Add(e.Damage);
            }

            damage.ShouldAllBe(d => d.File == file && d.Offset >= 0 && d.Offset <= body.Length);
            return $"{series} {string.Join(' ', damage)}";
        });
    });

    [Fact]
    public void Tsdb_chunk_files() => FuzzRun.Each([TsdbBlockFiles.Chunks(Series).File], body =>
    {
        Directory.CreateDirectory(Path.Combine(_folder, "chunks"));
        Put("chunks/000001", body);
        Twice(() =>
        {
            using var chunks = new ChunkSegments(Path.Combine(_folder, "chunks"));
            var samples = new CollectedSamples();
            var damage = new[] { 8UL, 60UL, 1UL << 32, (ulong)body.Length }.Select(at => chunks.Read(at, samples)).ToArray();
            return $"{samples.Floats.Count} {string.Join(' ', damage.AsEnumerable())}";
        });
    });

    private static void Twice(Func<string> read) => read().ShouldBe(read());

    private string Put(string name, byte[] body)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllBytes(file, body);
        return file;
    }

    private sealed class CountedRecords : IWalRecords
    {
        public int Count { get; private set; }

        public void Series(ulong series, ReadOnlySpan<byte> labels) => Count++;

        public void Sample(ulong series, long timestampMs, double value) => Count++;

        public void Sample(ulong series, long timestampMs, FloatHistogram histogram) => Count++;

        public void Deleted(ulong series, DeletedRange range) => Count++;

        public void Exemplar(ulong series, long timestampMs, double value, ReadOnlySpan<byte> labels) => Count++;

        public void Metadata(ulong series, string type, string unit, string help) => Count++;
    }
}
