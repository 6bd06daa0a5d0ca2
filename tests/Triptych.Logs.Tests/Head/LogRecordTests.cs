using Triptych.Logs.Head;
using Triptych.Model;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Memory;
using Triptych.Storage.Wal;

namespace Triptych.Logs.Tests.Head;

public class LogRecordTests
{
    [Fact]
    public void A_record_cut_anywhere_is_refused_and_nothing_of_it_is_taken_in()
    {
        var record = Record();
        var budget = MemoryBudget.Unlimited("test");
        using var pool = new SlabPool(budget);
        using var head = new LogHead(pool, budget);
        for (var length = 0; length < record.Length; length++)
        {
            Should.Throw<InvalidDataException>(() => Replay(head, record[..length]), $"cut at {length}");
            head.IsEmpty.ShouldBeTrue();
        }

        Replay(head, record);
        head.Find(TenantId.Default)!.Rows.Length.ShouldBe(2);
        (head.MinTime, head.MaxTime).ShouldBe((5, 10));
    }

    [Fact]
    public void A_damaged_record_is_refused_or_read_but_never_breaks_anything_else()
    {
        var record = Record();
        for (var seed = 0; seed < 3000; seed++)
        {
            var random = new Random(seed);
            var damaged = (byte[])record.Clone();
            for (var n = random.Next(1, 4); n > 0; n--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                LogRecord.Check(damaged);
            }
            catch (Exception e) when (e is InvalidDataException or WalTooNewException)
            {
                // The only ways to refuse; the second where the version is what was damaged.
            }
        }
    }

    [Fact]
    public void An_entry_of_a_stream_that_the_record_does_not_have_is_refused_by_its_number()
    {
        using var writer = new PooledBufferWriter();
        writer.WriteByte(LogRecord.Version);
        writer.WriteUnsigned(1);
        writer.WriteLengthPrefixed(LogStoreFixture.Labels("a=1"));
        writer.WriteUnsigned(1);
        writer.WriteUnsigned(1);
        writer.WriteSigned(10);
        writer.WriteByte(0);
        writer.WriteLengthPrefixed("line"u8);
        writer.WriteLengthPrefixed(default);
        var record = writer.WrittenSpan.ToArray();
        Should.Throw<InvalidDataException>(() => LogRecord.Check(record)).Message.ShouldContain("stream 1 of 1");
    }

    private static byte[] Record()
    {
        using var writer = new PooledBufferWriter();
        using var batch = new LogBatch(MemoryBudget.Unlimited("test"));
        batch.AddStream(LogStoreFixture.Labels("a=1"));
        batch.AddEntry(10, LogLevel.Error, "first"u8, LogStoreFixture.Labels("k=v"));
        batch.AddStream(LogStoreFixture.Labels("a=2"));
        batch.AddEntry(5, LogLevel.Info, ""u8, default);
        LogRecord.Write(writer, batch, [0, 1]);
        return writer.WrittenSpan.ToArray();
    }

    private static void Replay(LogHead head, byte[] payload)
    {
        var record = new WalRecord { Sequence = 1, Segment = 1, Tenant = TenantId.Default, ReceivedUnixMs = 1, Payload = payload };
        head.Replay(in record);
    }
}
