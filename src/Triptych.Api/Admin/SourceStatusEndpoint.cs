using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Hosting;
using Triptych.Api.Http;
using Triptych.Ingest.Intake;
using Triptych.Model;

namespace Triptych.Api.Admin;

/// <summary>
/// <c>GET /api/triptych/v1/status/sources</c>: what arrives, from where, what was refused and why, and what a start could not read. The
/// home and data pages poll it.
/// </summary>
public sealed class SourceStatusEndpoint(
    SourceLedger ledger, IReadOnlyList<Listener> listeners, string version, Func<Signal, bool> hasStored, Func<Signal, long> quarantinedIn,
    Func<IEnumerable<SeriesOverLimit>> overLimit, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json =
        new() { DefaultIgnoreCondition = JsonIgnoreCondition.Never, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly RateMeter _rates = new(time);

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/triptych/v1/status/sources", GetAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));

    private Task GetAsync(HttpContext context)
    {
        var accounts = ledger.Accounts.ToList();
        var tenant = TenantHeader.Read(context.Request);
        var answer = new
        {
            Signals = new Dictionary<string, object>
            {
                ["metrics"] = Describe(accounts, Signal.Metrics),
                ["logs"] = Describe(accounts, Signal.Logs),
                ["traces"] = Describe(accounts, Signal.Traces),
            },
            Refusals = ledger.Samples.Reverse().Where(s => s.Tenant == tenant).Take(50).Select(s => new
            {
                AtUnixMs = s.At.ToUnixTimeMilliseconds(),
                Protocol = s.Protocol.NameOf(),
                Signal = s.Signal.ToString().ToLowerInvariant(),
                Tenant = s.Tenant.Name,
                s.Refusal.Reason,
                s.Refusal.Count,
                s.Refusal.Detail,
            }),
            SeriesOverLimit = overLimit().Where(o => o.Tenant == tenant)
                .Select(static o => new { Tenant = o.Tenant.Name, o.Limit, o.OverflowSeries, o.OverflowSamples }),
            LateAfterMs = (long)SourceAccount.LateAfter.TotalMilliseconds,
            Listeners = listeners.Select(l => new { l.Port, Address = l.Address.ToString(), l.Purpose }),
            Version = version,
            StartedUnixMs = _started.ToUnixTimeMilliseconds(),
        };
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }

    private object Describe(List<SourceAccount> accounts, Signal signal)
    {
        var own = accounts.Where(a => a.Signal == signal).ToList();
        var accepted = own.Sum(a => a.Accepted);
        return new
        {
            AcceptedTotal = accepted,
            PerSecond = _rates.Rate(signal, accepted),
            RefusedTotal = own.Sum(a => a.Refused.Values.Sum()),
            LastReceivedUnixMs = LastReceived(own),
            HasStored = hasStored(signal),
            WalQuarantined = quarantinedIn(signal),
            Sources = own.Select(a => new
            {
                Protocol = a.Protocol.NameOf(),
                AcceptedTotal = a.Accepted,
                LateTotal = a.Late,
                a.DelayMs,
                RefusedTotal = a.Refused.Values.Sum(),
                RefusedByReason = a.Refused,
                LastReceivedUnixMs = a.LastReceivedUnixMs == 0 ? (long?)null : a.LastReceivedUnixMs,
            }),
        };
    }

    private static long? LastReceived(List<SourceAccount> accounts)
    {
        var last = accounts.Count == 0 ? 0 : accounts.Max(a => a.LastReceivedUnixMs);
        return last == 0 ? null : last;
    }
}
