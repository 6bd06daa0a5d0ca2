using System.Globalization;
using Triptych.Model;
using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;
using Triptych.Storage.Metastore;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Tests.Wal;

/// <summary>What times the records of a segment may hold, found without reading them. A record's payload here is its time.</summary>
public class WalSurveyTests
{
    private const string File = WalFixture.Folder + "/0000000001.wal";
    private static readonly long[] Sent = [1_000, 2_000, 3_000, 4_000];

    [Fact]
    public async Task The_heads_of_records_say_what_times_a_segment_holds()
    {
        var fixture = new WalFixture();
        await FillAsync(fixture);
        var times = Survey(fixture.Disk);
        times.Ranges.ShouldBe([.. Sent.Select(t => new RecordTimes(t, t))]);
    }

    [Fact]
    public async Task Payloads_are_not_read()
    {
        var fixture = new WalFixture();
        var random = new Random(1);
        var noise = new string([.. Enumerable.Range(0, 400_000).Select(_ => (char)random.Next(32, 127))]);
        await using (var wal = fixture.Open())
        {
            var last = 0L;
            for (var i = 0; i < 20; i++) last = WalFixture.Append(wal, noise, new RecordTimes(i, i)).Sequence;
            await wal.WhenDurableAsync(last, CancellationToken.None);
        }

        var disk = new CountingDisk(fixture.Disk);
        var times = Survey(disk);
        times.Overlaps(0, 0).ShouldBeTrue();
        times.Overlaps(19, 19).ShouldBeTrue();
        times.Overlaps(20, 20).ShouldBeFalse();
        fixture.Disk.Read(File).Length.ShouldBeGreaterThan(4_000_000);
        disk.BytesRead.ShouldBeLessThan(200_000);
    }

    [Fact]
    public async Task Whatever_is_torn_or_damaged_no_record_that_replay_hands_out_is_outside_of_what_was_said()
    {
        var fixture = new WalFixture();
        await FillAsync(fixture);
        var whole = fixture.Disk.Read(File);
        for (var at = 0; at <= whole.Length; at++)
        {
            Check(fixture, whole[..at], $"torn at {at}");
            if (at == whole.Length) break;
            foreach (var bit in new byte[] { 0x01, 0x04, 0x40 })
            {
                var damaged = (byte[])whole.Clone();
                damaged[at] ^= bit;
                Check(fixture, damaged, $"bit {bit} of byte {at}");
            }
        }
    }

    [Fact]
    public async Task An_end_that_was_never_finished_says_nothing_of_times()
    {
        var fixture = new WalFixture();
        await FillAsync(fixture);
        var whole = fixture.Disk.Read(File);
        var offsets = WalFixture.RecordOffsets(whole);
        for (var length = offsets[3]; length < whole.Length; length++)
        {
            fixture.Disk.Put(File, whole[..length]);
            Survey(fixture.Disk).Ranges.ShouldBe([.. Sent[..3].Select(t => new RecordTimes(t, t))], $"torn at {length}");
        }
    }

    [Fact]
    public async Task Records_that_do_not_tell_their_times_may_hold_any_and_are_replayed_as_ever()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync("old", "older");
        Survey(fixture.Disk).Ranges.ShouldBe([RecordTimes.Unknown]);
        fixture.Replay().Payloads.ShouldBe(["old", "older"]);

        // As version 1 wrote it: the file says so and no head has times.
        var file = fixture.Disk.Read(File);
        file[8] = 1;
        BitConverter.TryWriteBytes(file.AsSpan(12), Primitives.Checksums.Crc32C.Append(
            Primitives.Checksums.Crc32C.Compute(file.AsSpan(0, 12)), file.AsSpan(16, 16)));
        fixture.Disk.Put(File, file);
        Survey(fixture.Disk).Ranges.ShouldBe([RecordTimes.Unknown]);
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe(["old", "older"]);
        result.Quarantined.ShouldBe(0);
    }

    private static void Check(WalFixture fixture, byte[] content, string what)
    {
        fixture.Disk.Put(File, content);
        var times = Survey(fixture.Disk);
        foreach (var payload in fixture.Replay().Payloads)
        {
            var time = long.Parse(payload, CultureInfo.InvariantCulture);
            times.Overlaps(time, time).ShouldBeTrue(what);
        }
    }

    private static async Task FillAsync(WalFixture fixture)
    {
        await using var wal = fixture.Open();
        foreach (var time in Sent)
        {
            var ticket = WalFixture.Append(wal, time.ToString(CultureInfo.InvariantCulture), new RecordTimes(time, time));
            (await wal.WhenDurableAsync(ticket.Sequence, CancellationToken.None)).ShouldBe(WalDurability.Durable);
        }
    }

    private static TimeRanges Survey(IDisk disk)
    {
        var replay = new WalReplay(
            disk, new WalFixture().Options, new WalRetirement(Signal.Logs, 0, 0), static (in WalRecord _) => { }, progress: null,
            NoStorageEvents.Instance, CancellationToken.None);
        return replay.Survey().Values.Single();
    }

    private sealed class CountingDisk(IDisk inner) : IDisk
    {
        public long BytesRead { get; private set; }

        public IDiskFile Open(string path, DiskOpen how) => new CountingFile(inner.Open(path, how), read => BytesRead += read);

        public void CreateDirectory(string path) => inner.CreateDirectory(path);

        public bool HasDirectory(string path) => inner.HasDirectory(path);

        public void MakeDirectory(string path) => inner.MakeDirectory(path);

        public void Link(string path, string secondPath) => inner.Link(path, secondPath);

        public void FlushDirectory(string path) => inner.FlushDirectory(path);

        public void Rename(string from, string to) => inner.Rename(from, to);

        public bool TryRenameNew(string from, string to) => inner.TryRenameNew(from, to);

        public void Delete(string path) => inner.Delete(path);

        public IReadOnlyList<DiskEntry> List(string directory) => inner.List(directory);

        public long FreeBytes(string path) => inner.FreeBytes(path);
    }

    private sealed class CountingFile(IDiskFile inner, Action<int> onRead) : IDiskFile
    {
        public long Length => inner.Length;

        public int Read(Span<byte> buffer, long offset)
        {
            var read = inner.Read(buffer, offset);
            onRead(read);
            return read;
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset) => inner.Write(bytes, offset);

        public void SetLength(long length) => inner.SetLength(length);

        public void Flush() => inner.Flush();

        public void Dispose() => inner.Dispose();
    }
}
