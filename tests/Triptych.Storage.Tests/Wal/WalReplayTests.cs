using System.Buffers.Binary;
using System.Text;
using Triptych.Model;
using Triptych.Primitives.Checksums;
using Triptych.Storage.Metastore;
using Triptych.Storage.Wal;

namespace Triptych.Storage.Tests.Wal;

public class WalReplayTests
{
    private const string File = WalFixture.Folder + "/0000000001.wal";
    private static readonly string[] Sent = ["alpha", "beta beta beta beta beta beta", "gamma", "delta"];

    [Fact]
    public async Task An_end_torn_at_any_byte_of_the_last_record_is_cut_off_and_the_others_are_found()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var offsets = WalFixture.RecordOffsets(whole);
        for (var length = offsets[3]; length < whole.Length; length++)
        {
            fixture.Disk.Put(File, whole[..length]);
            var (payloads, result) = fixture.Replay();
            payloads.ShouldBe(Sent[..3]);
            result.CutBytes.ShouldBe(length - offsets[3]);
            result.Quarantined.ShouldBe(0);
            fixture.Disk.Read(File).Length.ShouldBe(offsets[3]);
        }
    }

    [Fact]
    public async Task A_file_torn_within_its_header_is_emptied()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        for (var length = 0; length <= WalFormat.FileHeaderLength; length++)
        {
            fixture.Disk.Put(File, whole[..length]);
            var (payloads, result) = fixture.Replay();
            payloads.ShouldBeEmpty();
            result.Start.NextSegment.ShouldBe(2);
        }
    }

    [Fact]
    public async Task A_damaged_byte_anywhere_costs_at_most_its_own_record()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var offsets = WalFixture.RecordOffsets(whole);
        for (var at = 0; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 0x41;
            fixture.Disk.Put(File, damaged);
            var record = offsets.FindLastIndex(o => o <= at);
            var expected = record < 0 ? Sent : [.. Sent.Where((_, i) => i != record)];
            fixture.Replay().Payloads.ShouldBe(expected, ignoreOrder: false, customMessage: $"byte {at}");
        }
    }

    [Fact]
    public async Task A_damaged_record_is_copied_counted_and_named_with_its_offset()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var offsets = WalFixture.RecordOffsets(whole);
        whole[offsets[1] + 60] ^= 1;
        fixture.Disk.Put(File, whole);
        fixture.Replay().Result.Quarantined.ShouldBe(1);
        fixture.Disk.Read($"/d/quarantine/wal/logs/0000000001-{offsets[1]}.bin").ShouldBe(whole[offsets[1]..offsets[2]]);
        fixture.Events.Lines.Single(l => l.StartsWith("wal_quarantined", StringComparison.Ordinal))
            .ShouldContain($"{File} {offsets[1]} {offsets[2] - offsets[1]} the record's checksum does not match");
    }

    [Fact]
    public async Task On_a_full_disk_a_damaged_record_is_told_of_without_a_copy_and_the_others_are_read()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        whole[WalFixture.RecordOffsets(whole)[1] + 60] ^= 1;
        fixture.Disk.Put(File, whole);
        fixture.Disk.CapacityBytes = whole.Length;
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe([Sent[0], Sent[2], Sent[3]]);
        result.Quarantined.ShouldBe(1);
        fixture.Events.Count("wal_quarantined").ShouldBe(1);
        fixture.Disk.Read(File).ShouldBe(whole, "the damaged bytes stay where they are");

        // Once its records are in blocks the file goes, and its second name has the bytes.
        const string SecondName = "/d/quarantine/wal/logs/0000000001.wal";
        fixture.Events.Lines.Single(static l => l.StartsWith("wal_quarantined", StringComparison.Ordinal)).ShouldEndWith(SecondName);
        fixture.Replay(new WalRetirement(Signal.Logs, 1, 4)).Payloads.ShouldBeEmpty();
        fixture.Disk.List(WalFixture.Folder).ShouldBeEmpty();
        fixture.Disk.Read(SecondName).ShouldBe(whole);
        fixture.Disk.List("/d/quarantine").Count.ShouldBe(1, "no half copy");
    }

    [Theory]
    [InlineData(60, 60)]
    [InlineData(60, 5)]
    [InlineData(5, 60)]
    [InlineData(5, 5)]
    public async Task Damage_in_the_last_two_records_is_set_aside_and_not_taken_for_an_unfinished_write(int inThird, int inFourth)
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var offsets = WalFixture.RecordOffsets(whole);
        whole[offsets[2] + inThird] ^= 1;
        whole[offsets[3] + inFourth] ^= 1;
        fixture.Disk.Put(File, whole);
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe(Sent[..2]);
        result.Quarantined.ShouldBe(1);
        result.CutBytes.ShouldBe(0);
        fixture.Disk.Read($"/d/quarantine/wal/logs/0000000001-{offsets[2]}.bin").ShouldBe(whole[offsets[2]..]);
        fixture.Events.Count("wal_tail_cut").ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(56)]
    public async Task Damage_in_the_last_record_is_set_aside(int at)
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var last = WalFixture.RecordOffsets(whole)[3];
        whole[last + at] ^= 1;
        fixture.Disk.Put(File, whole);
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe(Sent[..3]);
        (result.Quarantined, result.CutBytes).ShouldBe((1, 0L));
        fixture.Disk.Read($"/d/quarantine/wal/logs/0000000001-{last}.bin").ShouldBe(whole[last..]);
    }

    [Fact]
    public async Task On_a_full_disk_a_damaged_end_is_not_cut_off()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        whole[WalFixture.RecordOffsets(whole)[3] + 60] ^= 1;
        fixture.Disk.Put(File, whole);
        fixture.Disk.CapacityBytes = whole.Length;
        for (var start = 0; start < 2; start++)
        {
            var (payloads, result) = fixture.Replay();
            payloads.ShouldBe(Sent[..3]);
            (result.Quarantined, result.CutBytes, result.Start.NextSegment).ShouldBe((1, 0L, 2L));
            fixture.Disk.Read(File).ShouldBe(whole);
        }
    }

    [Fact]
    public async Task Zeros_at_the_end_are_cut_off_as_what_a_power_cut_leaves()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        fixture.Disk.Put(File, [.. whole, .. new byte[100_000]]);
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe(Sent);
        (result.Quarantined, result.CutBytes).ShouldBe((0, 100_000L));
        fixture.Disk.Read(File).ShouldBe(whole);
    }

    [Fact]
    public async Task A_record_of_a_newer_version_stops_the_start_with_file_and_offset_and_nothing_is_set_aside()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var refusal = Should.Throw<WalTooNewException>(() => WalReplay.Run(
            fixture.Disk, fixture.Options, default, static (in WalRecord _) => throw new WalTooNewException("version 2, this one knows 1"), progress: null,
            fixture.Events, CancellationToken.None));
        refusal.Message.ShouldStartWith($"the record at offset 32 of {File} was written by a newer version of this program (version 2, this one knows 1)");
        fixture.Events.Lines.ShouldBeEmpty();
        fixture.Disk.List("/d").ShouldHaveSingleItem();
        fixture.Disk.Read(File).ShouldBe(whole);
    }

    [Fact]
    public async Task A_record_that_the_handler_cannot_understand_is_set_aside()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var payloads = new List<string>();
        var result = WalReplay.Run(
            fixture.Disk,
            fixture.Options,
            default,
            (in WalRecord record) =>
            {
                var text = Encoding.UTF8.GetString(record.Payload);
                payloads.Add(text == "gamma" ? throw new InvalidDataException("no such series") : text);
            },
            progress: null,
            fixture.Events,
            CancellationToken.None);
        payloads.ShouldBe(["alpha", Sent[1], "delta"]);
        result.Quarantined.ShouldBe(1);
        result.Start.NextSequence.ShouldBe(5);
    }

    [Fact]
    public async Task Damage_at_the_end_of_an_earlier_segment_is_set_aside_not_cut()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        await using (var wal = fixture.Open(new WalStart(2, 5)))
            await wal.WhenDurableAsync(WalFixture.Append(wal, "second file").Sequence, CancellationToken.None);
        var whole = fixture.Disk.Read(File);
        fixture.Disk.Put(File, whole[..^3]);
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe([.. Sent[..3], "second file"]);
        result.Quarantined.ShouldBe(1);
        fixture.Disk.Read(File).Length.ShouldBe(whole.Length - 3);
    }

    [Fact]
    public async Task A_copied_record_is_not_replayed_twice()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        var offsets = WalFixture.RecordOffsets(whole);
        fixture.Disk.Put(File, [.. whole, .. whole[offsets[1]..offsets[2]]]);
        fixture.Replay().Payloads.ShouldBe(Sent);
    }

    [Fact]
    public async Task A_file_of_a_newer_format_stops_the_start_and_says_why()
    {
        var fixture = new WalFixture();
        await fixture.AppendDurablyAsync(Sent);
        var whole = fixture.Disk.Read(File);
        BinaryPrimitives.WriteUInt16LittleEndian(whole.AsSpan(8), WalFormat.Version + 1);
        BinaryPrimitives.WriteUInt32LittleEndian(whole.AsSpan(12), Crc32C.Append(Crc32C.Compute(whole.AsSpan(0, 12)), whole.AsSpan(16, 16)));
        fixture.Disk.Put(File, whole);
        Should.Throw<WalTooNewException>(() => fixture.Replay()).Message.ShouldContain("newer version");
    }

    [Fact]
    public async Task Damage_over_more_than_a_scan_window_is_skipped()
    {
        var fixture = new WalFixture();
        var random = new Random(1);
        var noise = new string([.. Enumerable.Range(0, 300_000).Select(_ => (char)random.Next(32, 127))]);
        await fixture.AppendDurablyAsync("first", noise, "last");
        var whole = fixture.Disk.Read(File);
        whole[WalFixture.RecordOffsets(whole)[1] + 14] ^= 0x7f;
        fixture.Disk.Put(File, whole);
        var (payloads, result) = fixture.Replay();
        payloads.ShouldBe(["first", "last"]);
        result.Quarantined.ShouldBe(1);
    }

    [Fact]
    public void A_record_has_the_bytes_that_the_format_document_shows()
    {
        using var bytes = WalRecordEncoder.Encode(
            7, new TenantId("acme"), new Hash128(0x0102030405060708, 0x1112131415161718), 1_700_000_000_000, RecordTimes.Unknown, "hello"u8, level: 1);
        Convert.ToHexString(bytes.Span).ShouldBe(
            "8957520A65ACCA66E6C55E750500000005000000030400000700000000000000"
            + "0068E5CF8B01000008070605040302011817161514131211"
            + "61636D6568656C6C6F");
        using var timed = WalRecordEncoder.Encode(
            7, new TenantId("acme"), requestHash: null, 1_700_000_000_000, new RecordTimes(-2, 0x0102030405060708), "hello"u8, level: 1);
        Convert.ToHexString(timed.Span).ShouldBe(
            "8957520AC5DDABC8E6C55E75050000000500000006040000070000000000000000"
            + "68E5CF8B01000000000000000000000000000000000000FEFFFFFFFFFFFFFF0807060504030201"
            + "61636D6568656C6C6F");
        var header = new byte[WalFormat.FileHeaderLength];
        WalFormat.WriteFileHeader(header, Signal.Traces, segment: 3, firstSequence: 7);
        Convert.ToHexString(header).ShouldBe("545054434857414C02000300C68D62F603000000000000000700000000000000");
    }
}
