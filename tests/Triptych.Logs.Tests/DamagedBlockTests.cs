using System.Diagnostics.Metrics;
using Triptych.Model;
using Triptych.Storage.Instruments;

namespace Triptych.Logs.Tests;

public sealed class DamagedBlockTests
{
    [Fact]
    public async Task A_block_damaged_anywhere_gives_right_rows_only_says_what_is_missing_counts_it_and_the_store_goes_on()
    {
        await using var fixture = await LogStoreFixture.OpenAsync();
        var t = fixture.Now;
        await fixture.AppendAsync([.. Enumerable.Range(0, 500).Select(i => new Line($"app=a{i % 3}", t + i, $"line {i} {i * 7919}", $"user=u{i % 9}"))]);
        await fixture.FlushAsync();
        var meta = fixture.Catalog.Current.Blocks(TenantId.Default, Signal.Logs).ShouldHaveSingleItem();
        var path = Path.Combine(fixture.ObjectRoot, meta.ObjectKey);
        var right = await File.ReadAllBytesAsync(path);
        var truth = await fixture.ScanAsync();
        truth.Count.ShouldBe(500);
        using var counter = new DamageCounter();
        var missing = 0;
        for (var seed = 0; seed < 30; seed++)
        {
            var random = new Random(seed);
            var bytes = (byte[])right.Clone();
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, seed % 10 == 9 ? bytes[..random.Next(bytes.Length)] : bytes);
            await fixture.RestartAsync(takesBack: true);
            var before = counter.Reads;
            var warnings = new List<string>();
            var rows = await fixture.ScanAsync(warnings: warnings);
            rows.Except(truth).ShouldBeEmpty($"seed {seed}");
            if (rows.Count == truth.Count)
                continue;
            missing++;
            warnings.ShouldNotBeEmpty($"seed {seed}");
            warnings.ShouldAllBe(warning => warning.Contains(meta.ObjectKey) && warning.Contains("at byte"), $"seed {seed}");
            counter.Reads.ShouldBeGreaterThan(before, $"seed {seed}");
        }

        missing.ShouldBeGreaterThan(15);
        await File.WriteAllBytesAsync(path, right);
        await fixture.RestartAsync(takesBack: true);
        (await fixture.ScanAsync()).ShouldBe(truth);
    }

    private sealed class DamageCounter : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _reads;

        public DamageCounter()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == StorageInstruments.MeterName && instrument.Name == "triptych.blocks.damaged_reads")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Interlocked.Add(ref _reads, measurement));
            _listener.Start();
        }

        public long Reads => Interlocked.Read(ref _reads);

        public void Dispose() => _listener.Dispose();
    }
}
