using Triptych.Ingest.PrometheusTsdb;

namespace Triptych.Ingest.Tests.PrometheusTsdb;

public sealed class HeadChunksTests : IDisposable
{
    private static readonly (ulong Series, int Flags, (long, double)[] Samples)[] s_all =
        [(7, 0, [(1000, 1), (2000, 2)]), (9, 0x80, [(500, 5)]), (7, 0, [(3000, 3)])];

    private static readonly int[] s_chunkEnds = Ends();

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Chunks_are_given_with_their_series_until_the_zeros_behind_the_last()
    {
        var found = Read(Chunks());
        found.Damage.ShouldBeEmpty();
        found.Samples.ShouldBe(["7: 1000=1", "7: 2000=2", "9 out of order: 500=5", "7: 3000=3"]);
    }

    [Fact]
    public void A_series_that_nobody_wants_is_passed_over()
    {
        File.WriteAllBytes(_path, Chunks());
        var into = new CollectedSamples();
        HeadChunks.Read(_path, (series, _) => series == 9 ? into : null, d => throw new InvalidOperationException(d.ToString()));
        into.Floats.ShouldBe([(500, 5)]);
    }

    [Fact]
    public void A_file_cut_or_changed_anywhere_gives_what_stands_before_and_is_told()
    {
        var whole = Chunks();
        var samples = Read(whole).Samples;
        var end = whole.AsSpan().TrimEnd((byte)0).Length;
        for (var length = 0; length < end; length++)
        {
            var found = Read(whole[..length]);
            samples.Take(found.Samples.Count).ShouldBe(found.Samples, $"cut at {length}");
            if (found.Samples.Count < samples.Count && !IsBetweenChunks(length)) found.Damage.ShouldHaveSingleItem($"cut at {length}");
        }

        for (var place = 0; place < end; place++)
        {
            // Padding says nothing, and a series' number that becomes 0 ends the file as unwritten space does.
            if (place is >= 5 and < 8) continue;
            var changed = whole.ToArray();
            changed[place] ^= 0x41;
            var found = Read(changed);
            found.Damage.ShouldHaveSingleItem($"changed at {place}");
            samples.Take(found.Samples.Count).ShouldBe(found.Samples, $"changed at {place}");
        }
    }

    private static bool IsBetweenChunks(int length) => s_chunkEnds.Any(end => length >= end && length <= end + 25);

    private static int[] Ends()
    {
        var ends = new List<int> { 8 };
        var file = new TsdbBytes().Raw(new byte[8]);
        foreach (var (series, flags, samples) in s_all)
        {
            Append(file, series, flags, samples);
            ends.Add(file.Count);
        }

        return [.. ends];
    }

    private static byte[] Chunks()
    {
        var file = new TsdbBytes().UInt32(0x0130BC91).Byte(1).Byte(0).Byte(0).Byte(0);
        foreach (var (series, flags, samples) in s_all) Append(file, series, flags, samples);
        return file.Raw(new byte[100]).ToArray();
    }

    private static void Append(TsdbBytes file, ulong series, int flags, (long TimeMs, double Value)[] samples)
    {
        var start = file.Count;
        var data = TsdbChunks.Floats(samples);
        file.UInt64(series).UInt64((ulong)samples[0].TimeMs).UInt64((ulong)samples[^1].TimeMs)
            .Byte(1 | flags).Unsigned((ulong)data.Length).Raw(data).Checksum(start);
    }

    private (List<string> Samples, List<TsdbDamage> Damage) Read(byte[] bytes)
    {
        File.WriteAllBytes(_path, bytes);
        var samples = new List<string>();
        var damage = new List<TsdbDamage>();
        HeadChunks.Read(_path, (series, isLate) => new Named(isLate ? $"{series} out of order" : $"{series}", samples), damage.Add);
        return (samples, damage);
    }

    private sealed class Named(string series, List<string> into) : ITsdbSamples
    {
        public void Add(long timestampMs, double value) => into.Add(FormattableString.Invariant($"{series}: {timestampMs}={value}"));

        public void Add(long timestampMs, Model.Metrics.FloatHistogram histogram) => throw new NotSupportedException();
    }
}
