using Triptych.Ingest.PrometheusTsdb;
using Triptych.Model.Metrics;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

public sealed class ChunkTests
{
    [Fact]
    public void A_chunk_of_floats_gives_every_bit_of_times_and_values()
    {
        var random = new Random(7);
        for (var round = 0; round < 200; round++)
        {
            var time = random.NextInt64(-1_000_000_000_000, 2_000_000_000_000);
            var samples = new (long, double)[1 + random.Next(150)];
            for (var i = 0; i < samples.Length; i++)
            {
                samples[i] = (time, ValueOf(random));
                time += random.Next(8) switch { 0 => random.NextInt64(1, 1L << 40), 1 => 8_192 + 15_000, 2 => 14_999, 3 => 60_000, 4 => 600_000, _ => 15_000 };
            }

            var found = Decode(1, TsdbChunks.Floats(samples));
            found.FloatBits.ShouldBe(samples.Select(static s => (s.Item1, BitConverter.DoubleToInt64Bits(s.Item2))));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_chunk_of_histograms_gives_counts_and_layout(bool isFloat)
    {
        var samples = Enumerable.Range(1, 40).Select(i => (1000L * i * i, Exponential(i))).ToArray();
        var found = Decode((byte)(isFloat ? 3 : 2), TsdbChunks.Histograms(isFloat, 1, samples)).Histograms;
        found.Count.ShouldBe(40);
        for (var i = 0; i < samples.Length; i++)
        {
            found[i].TimeMs.ShouldBe(samples[i].Item1);
            ShouldBeEqual(found[i].Value, samples[i].Item2);
            found[i].Value.ResetHint.ShouldBe(CounterResetHint.Unknown, "another chunk may come between");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Custom_bounds_gauges_and_ends_of_series_are_kept(bool isFloat)
    {
        var stale = new FloatHistogram { Schema = 0, Sum = SpecialValues.StaleMarker };
        var samples = new[] { (1000L, Custom(1)), (2000L, Custom(2)), (3000L, stale) };
        var chunk = isFloat ? TsdbChunks.Histograms(true, 3, [.. samples[..2]]) : TsdbChunks.Histograms(false, 3, samples);
        var found = Decode((byte)(isFloat ? 3 : 2), chunk).Histograms;
        ShouldBeEqual(found[1].Value, samples[1].Item2);
        found[0].Value.ResetHint.ShouldBe(CounterResetHint.Gauge);
        if (isFloat) return;
        SpecialValues.IsStale(found[2].Value.Sum).ShouldBeTrue();
        found[2].TimeMs.ShouldBe(3000);
        found[2].Value.PositiveBuckets.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Schemas_above_8_are_reduced_to_8_and_unknown_ones_named(bool isFloat)
    {
        FloatHistogram Fine(int schema, int n) => new()
        {
            Schema = schema,
            Count = 17 * n,
            PositiveSpans = [new BucketSpan(1, 5), new BucketSpan(10, 1)],
            PositiveBuckets = [n, 2 * n, 3 * n, 4 * n, 5 * n, 0],
            NegativeSpans = [new BucketSpan(-4, 2)],
            NegativeBuckets = [n, n],
        };

        // Places 1, 2, 3, 4 go to 1; 5 goes to 2; 16 goes to 4. Places -4 and -3 go to -1 and 0.
        var found = Decode((byte)(isFloat ? 3 : 2), TsdbChunks.Histograms(isFloat, 0, (1000L, Fine(10, 1)), (2000L, Fine(10, 3)))).Histograms;
        for (var i = 0; i < 2; i++)
        {
            var n = (2 * i) + 1;
            ShouldBeEqual(found[i].Value, Fine(8, n) with
            {
                PositiveSpans = [new BucketSpan(1, 2), new BucketSpan(1, 1)],
                PositiveBuckets = [10 * n, 5 * n, 0],
                NegativeSpans = [new BucketSpan(-1, 2)],
            });
        }

        foreach (var schema in new[] { -5, 53 })
        {
            new ChunkDecoder().Decode((byte)(isFloat ? 3 : 2), TsdbChunks.Histograms(isFloat, 0, (1, Fine(schema, 1))), new CollectedSamples())
                .ShouldBe($"a histogram has the schema {schema}, which this version does not know");
        }
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 8.077935669463161E-28 / 1)]
    public void Zero_thresholds_are_powers_of_two_or_written_out(int place, double written)
    {
        // 2^-90 has a byte of its own in Prometheus; this writer writes all out, so both ways are looked at.
        var histogram = Exponential(1) with { ZeroThreshold = written };
        var chunk = TsdbChunks.Histograms(false, 0, (1L, histogram));
        chunk[3].ShouldBe(place == 0 ? (byte)0 : (byte)255);
        Decode(2, chunk).Histograms[0].Value.ZeroThreshold.ShouldBe(written);
        var asByte = (byte[])[.. chunk[..3], (byte)(244 - 90), .. chunk[(place == 0 ? 4 : 12)..]];
        Decode(2, asByte).Histograms[0].Value.ZeroThreshold.ShouldBe(Math.ScaleB(1, -90));
    }

    [Fact]
    public void A_chunk_cut_anywhere_is_refused()
    {
        byte[][] chunks =
        [
            [1, .. TsdbChunks.Floats((1, 1), (2, 2.5), (4, 7.25))],
            [2, .. TsdbChunks.Histograms(false, 0, (1, Exponential(1)), (2, Exponential(3)), (9, Exponential(4)))],
            [3, .. TsdbChunks.Histograms(true, 0, (1, Exponential(1)), (2, Exponential(3)))],
        ];
        foreach (var chunk in chunks)
        {
            for (var length = 1; length < chunk.Length; length++)
                new ChunkDecoder().Decode(chunk[0], chunk.AsSpan(1, length - 1), new CollectedSamples()).ShouldNotBeNull($"{length} of {chunk.Length}");
        }
    }

    [Fact]
    public void An_encoding_that_is_not_known_is_named() =>
        new ChunkDecoder().Decode(7, [0, 1, 2], new CollectedSamples()).ShouldBe("a chunk has the encoding 7, which this version does not know");

    internal static FloatHistogram Exponential(int n) => new()
    {
        Schema = 3,
        ZeroThreshold = 0.001,
        ZeroCount = n,
        Count = 20 * n,
        Sum = n * 1.5,
        PositiveSpans = [new BucketSpan(-3, 2), new BucketSpan(4, 1)],
        PositiveBuckets = [3 * n, n, 9 * n],
        NegativeSpans = [new BucketSpan(0, 1)],
        NegativeBuckets = [6 * n],
    };

    internal static FloatHistogram Custom(int n) => new()
    {
        Schema = FloatHistogram.CustomBoundsSchema,
        Count = 4 * n,
        Sum = n,
        PositiveSpans = [new BucketSpan(0, 3)],
        PositiveBuckets = [n, 2 * n, n],
        CustomBounds = [0.005, 0.1234567, 10],
    };

    internal static void ShouldBeEqual(FloatHistogram found, FloatHistogram expected)
    {
        (found.Schema, found.Count, found.Sum, found.ZeroCount, found.ZeroThreshold)
            .ShouldBe((expected.Schema, expected.Count, expected.Sum, expected.ZeroCount, expected.ZeroThreshold));
        found.PositiveSpans.ShouldBe(expected.PositiveSpans);
        found.PositiveBuckets.ShouldBe(expected.PositiveBuckets);
        found.NegativeSpans.ShouldBe(expected.NegativeSpans);
        found.NegativeBuckets.ShouldBe(expected.NegativeBuckets);
        found.CustomBounds.ShouldBe(expected.CustomBounds);
    }

    private static CollectedSamples Decode(byte encoding, byte[] chunk)
    {
        var found = new CollectedSamples();
        new ChunkDecoder().Decode(encoding, chunk, found).ShouldBeNull();
        return found;
    }

    private static double ValueOf(Random random) => random.Next(8) switch
    {
        0 => SpecialValues.StaleMarker,
        1 => BitConverter.Int64BitsToDouble(SpecialValues.NormalNanBits),
        2 => -0.0,
        3 => double.PositiveInfinity,
        4 => BitConverter.Int64BitsToDouble(random.NextInt64()),
        _ => random.Next(100),
    };
}
