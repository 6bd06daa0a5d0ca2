namespace Triptych.Api.SelfMetrics;

/// <summary>What is stored of a signal in blocks.</summary>
/// <param name="Signal"><c>metrics</c>, <c>logs</c> or <c>traces</c>.</param>
/// <param name="Blocks">How many blocks.</param>
/// <param name="Rows">Samples, log records or spans in them.</param>
/// <param name="Bytes">Their bytes.</param>
public sealed record StoredSignal(string Signal, long Blocks, long Rows, long Bytes);
