using System.Text;
using Triptych.Model;
using Triptych.Storage.Metastore;
using Triptych.Storage.Wal;
using Triptych.Testing;

namespace Triptych.Storage.Tests.Wal;

/// <summary>A WAL of the logs signal on a faulty disk.</summary>
internal sealed class WalFixture(FaultyDisk disk)
{
    public const string Folder = "/d/wal/logs";

    public WalFixture()
        : this(new FaultyDisk())
    {
    }

    public FaultyDisk Disk { get; } = disk;

    public RecordingEvents Events { get; } = new();

    public WalOptions Options { get; init; } = new()
    {
        Signal = Signal.Logs,
        DataDirectory = "/d",
        MinRetryDelay = TimeSpan.FromMilliseconds(2),
        MaxRetryDelay = TimeSpan.FromMilliseconds(5),
    };

    public WriteAheadLog Open(WalStart? start = null, TimeProvider? time = null) =>
        new(Disk, Options, start ?? new WalStart(1, 1), time ?? TimeProvider.System, Events);

    public static WalTicket Append(WriteAheadLog wal, string payload, RecordTimes? times = null)
    {
        var ticket = wal.Reserve(payload.Length);
        wal.Complete(ticket, TenantId.Default, requestHash: null, receivedUnixMs: 1000, times ?? RecordTimes.Unknown, Encoding.UTF8.GetBytes(payload));
        return ticket;
    }

    public async Task AppendDurablyAsync(params string[] payloads)
    {
        await using var wal = Open();
        foreach (var payload in payloads)
            (await wal.WhenDurableAsync(Append(wal, payload).Sequence, CancellationToken.None)).ShouldBe(WalDurability.Durable);
    }

    public (List<string> Payloads, WalReplayResult Result) Replay(WalRetirement? retired = null)
    {
        var payloads = new List<string>();
        var result = WalReplay.Run(
            Disk,
            Options,
            retired ?? new WalRetirement(Signal.Logs, 0, 0),
            (in WalRecord record) => payloads.Add(Encoding.UTF8.GetString(record.Payload)),
            progress: null,
            Events,
            CancellationToken.None);
        return (payloads, result);
    }

    /// <summary>Offset of each record and the file's length at the end.</summary>
    public static List<int> RecordOffsets(byte[] file)
    {
        var offsets = new List<int>();
        var at = WalFormat.FileHeaderLength;
        while (at < file.Length)
        {
            offsets.Add(at);
            WalFormat.TryReadRecordHeader(file.AsSpan(at), out var header).ShouldBeTrue();
            at += (int)header.RecordLength;
        }

        offsets.Add(at);
        return offsets;
    }
}
