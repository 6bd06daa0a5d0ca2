using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Triptych.Collect.Forward;
using Triptych.Derive;
using Triptych.Derive.Output;
using Triptych.Ingest.Intake;
using Triptych.Server.Configuration;
using Triptych.Traces;

namespace Triptych.Server.Hosting;

/// <summary>Metrics that are counted from spans, and the servers beside this one that get them.</summary>
internal sealed class SpanCounting : IAsyncDisposable
{
    private readonly List<RemoteWriteSender> _senders;
    private readonly DerivedMetrics _metrics;
    private bool _isDisposed;

    /// <summary>Begins to write them.</summary>
    public SpanCounting(
        SpanDerivation derivation, MetricsGeneratorConfig config, TraceStore traces, FrontDoor frontDoor, TimeProvider time, ILoggerFactory loggers)
    {
        var collectEvents = new CollectEvents(loggers.CreateLogger<CollectEvents>());
        _senders = [.. config.Storage.RemoteWrite.Select(remote => new RemoteWriteSender(remote, collectEvents, time))];
        _metrics = new DerivedMetrics(
            derivation, config.ToOptions(), config.Registry.CollectionInterval, traces.ObserveAsync, frontDoor, _senders,
            new DeriveEvents(loggers.CreateLogger<DeriveEvents>()), time);
        _metrics.Start();
    }

    /// <summary>What counts spans, or null where nothing is to be counted.</summary>
    public static SpanDerivation? Create(MetricsGeneratorConfig config)
    {
        var options = config.ToOptions();
        return options.SpanMetrics is null && options.ServiceGraphs is null
            ? null
            : new SpanDerivation(options, BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong))));
    }

    /// <summary>Writes what is counted by now, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isDisposed) return;
        _isDisposed = true;
        await _metrics.DisposeAsync();
        foreach (var sender in _senders) await sender.DisposeAsync();
    }
}
