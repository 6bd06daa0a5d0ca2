using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Triptych.Api.Admin;
using Triptych.Api.Hosting;

namespace Triptych.Api.Operations;

/// <summary>How a part of the program is.</summary>
public enum PartState
{
    /// <summary>It does what it should.</summary>
    Well,

    /// <summary>It will by itself, as after replay.</summary>
    Waiting,

    /// <summary>It does, and something asks for a look.</summary>
    Warning,

    /// <summary>It does not.</summary>
    Failing,
}

/// <summary>A part of the program.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="State">How it is.</param>
/// <param name="Detail">Why, in a line; null where there is nothing to say.</param>
public sealed record PartStatus(string Name, PartState State, string? Detail = null);

/// <summary>Who holds memory.</summary>
/// <param name="Name">Who.</param>
/// <param name="UsedBytes">How much.</param>
/// <param name="LimitBytes">How much it may; null for no limit of its own.</param>
/// <param name="Setting">The setting that bounds it; null for none.</param>
public sealed record MemoryHolder(string Name, long UsedBytes, long? LimitBytes = null, string? Setting = null);

/// <summary>
/// <c>GET /api/triptych/v1/status/server</c>: build, uptime, what the process uses, who holds memory, how each part is. Configuration and flags stand in
/// Prometheus' <c>/api/v1/status/config</c> and <c>/api/v1/status/flags</c>. Holds no secret.
/// </summary>
/// <param name="build">Which build this is.</param>
/// <param name="parts">How the parts are.</param>
/// <param name="memory">Who holds memory.</param>
/// <param name="time">The clock.</param>
public sealed class ServerStatusEndpoint(
    BuildInfo build, Func<IReadOnlyList<PartStatus>> parts, Func<IReadOnlyList<MemoryHolder>> memory, TimeProvider time)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
    };

    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly long _startedTimestamp = time.GetTimestamp();

    /// <summary>Maps the endpoint.</summary>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/triptych/v1/status/server", GetAsync).WithMetadata(new ApiFamilyMetadata(ApiFamily.Ui));

    private Task GetAsync(HttpContext context)
    {
        var heap = GC.GetGCMemoryInfo();
        var cpu = Environment.CpuUsage;
        var answer = new
        {
            build.Version,
            build.Revision,
            StartedUnixMs = _started.ToUnixTimeMilliseconds(),
            UptimeMs = (long)time.GetElapsedTime(_startedTimestamp).TotalMilliseconds,
            Host = Environment.MachineName,
            Process = Environment.ProcessId,
            Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
            System = System.Runtime.InteropServices.RuntimeInformation.OSDescription,
            Architecture = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant(),
            Processors = Environment.ProcessorCount,
            CpuMs = (long)cpu.TotalTime.TotalMilliseconds,
            Threads = ThreadPool.ThreadCount,
            ResidentBytes = Environment.WorkingSet,
            HeapBytes = GC.GetTotalMemory(forceFullCollection: false),
            AvailableBytes = heap.TotalAvailableMemoryBytes,
            Memory = memory(),
            Parts = parts().Select(static p => new { p.Name, State = p.State.ToString().ToLowerInvariant(), p.Detail }),
        };
        return context.Response.WriteAsJsonAsync(answer, Json, context.RequestAborted);
    }
}
