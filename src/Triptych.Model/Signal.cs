namespace Triptych.Model;

/// <summary>The three kinds of telemetry. The numbers stand in WAL headers and the catalog and never change.</summary>
public enum Signal : byte
{
    /// <summary>Samples of series.</summary>
    Metrics = 1,

    /// <summary>Log records of streams.</summary>
    Logs = 2,

    /// <summary>Spans of traces.</summary>
    Traces = 3,
}
