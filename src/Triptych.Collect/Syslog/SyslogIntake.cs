using Triptych.Collect.Instruments;
using Triptych.Ingest;
using Triptych.Ingest.Intake;
using Triptych.Ingest.Syslog;
using Triptych.Model;
using Triptych.Model.Append;
using Triptych.Model.Logs;
using Triptych.Primitives.Memory;

namespace Triptych.Collect.Syslog;

/// <summary>The way of a port's messages into the store. Any thread may call.</summary>
internal sealed class SyslogIntake
{
    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(10);

    private readonly SyslogMapping _mapping;
    private readonly FrontDoor _frontDoor;
    private readonly TenantId _tenant;

    /// <summary>Makes the way of one port.</summary>
    public SyslogIntake(
        SyslogOptions options, LogIntakeOptions intake, FrontDoor frontDoor, MemoryBudget budget, TimeProvider time, ICollectEvents events)
    {
        _frontDoor = frontDoor;
        Budget = budget;
        Time = time;
        Events = events;
        _tenant = options.TenantId.Length == 0 ? TenantId.Default : new TenantId(options.TenantId);
        var zone = options.Timezone.Length == 0 ? time.LocalTimeZone : TimeZoneInfo.FindSystemTimeZoneById(options.Timezone);
        _mapping = new SyslogMapping(
            [.. options.Labels.Select(l => new KeyValuePair<string, SyslogPart>(l.Key, SyslogLabels.PartOf(l.Value)!.Value))], [.. options.StaticLabels],
            options.UseIncomingTimestamp, zone, intake);
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>What there is to tell.</summary>
    public ICollectEvents Events { get; }

    /// <summary>What messages on their way are charged to.</summary>
    public MemoryBudget Budget { get; }

    /// <summary>A decoder of this port's messages.</summary>
    public SyslogDecoder NewDecoder(LogBatch batch, DecodeOutcome outcome) => new(_mapping, batch, outcome);

    /// <summary>Counts what was not taken and has no message to be decoded.</summary>
    public void Refuse(string reason, string detail) => _frontDoor.Refuse(IngestProtocol.Syslog, Signal.Logs, _tenant, reason, detail);

    /// <summary>Appends a batch, waiting as long as the store takes nothing.</summary>
    public async Task AppendAsync(LogBatch batch, DecodeOutcome outcome, CancellationToken stop)
    {
        var retry = ShortestRetry;
        while (true)
        {
            var result = await _frontDoor.AppendAsync(IngestProtocol.Syslog, new AppendContext(_tenant, null), batch, outcome, stop);
            if (result.Status != AppendStatus.Unavailable) return;
            await Task.Delay(result.RetryAfter > retry ? result.RetryAfter : retry, Time, stop);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }
}

/// <summary>The parts of a message by the names that the configuration has for them.</summary>
public static class SyslogLabels
{
    /// <summary>The names.</summary>
    public static readonly IReadOnlyList<string> PartNames = ["hostname", "app_name", "proc_id", "msg_id", "severity", "facility", "ip_address"];

    /// <summary>The part of a name, or null.</summary>
    public static SyslogPart? PartOf(string name)
    {
        for (var i = 0; i < PartNames.Count; i++)
        {
            if (PartNames[i] == name) return (SyslogPart)i;
        }

        return null;
    }
}
