using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Triptych.Api.SelfMetrics;

/// <summary>
/// Keeps the current value of every instrument of the meters that it is told to listen to, so that <c>/metrics</c> can show them. Counters
/// add up, gauges keep the last value, histograms count into fixed bounds. Any thread may record; disposed once.
/// </summary>
public sealed class MeterCollector : IDisposable
{
    /// <summary>The most tag combinations that one instrument may have; further ones are counted together under <c>overflow="true"</c>.</summary>
    public const int MaxSeriesPerInstrument = 1000;

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, CollectedInstrument> _instruments = new();

    /// <summary>Begins to listen.</summary>
    /// <param name="meterNames">The meters' names.</param>
    public MeterCollector(IReadOnlyCollection<string> meterNames)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!meterNames.Contains(instrument.Meter.Name)) return;
            listener.EnableMeasurementEvents(instrument, _instruments.GetOrAdd(instrument, i => new CollectedInstrument(i)));
        };
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((CollectedInstrument)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((CollectedInstrument)state!).Record(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((CollectedInstrument)state!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Asks the observable instruments and returns all, by name.</summary>
    public IReadOnlyList<CollectedInstrument> Collect()
    {
        _listener.RecordObservableInstruments();
        return [.. _instruments.Values.OrderBy(i => i.Name, StringComparer.Ordinal)];
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
