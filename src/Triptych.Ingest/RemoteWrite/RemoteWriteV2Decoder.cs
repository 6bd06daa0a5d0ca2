using Triptych.Model;
using Triptych.Model.Metrics;
using Triptych.Primitives.Protobuf;

namespace Triptych.Ingest.RemoteWrite;

/// <summary>
/// Decodes a decompressed <c>io.prometheus.write.v2.Request{symbols 4, timeseries 5}</c> into a batch of samples. Any thread may call. Throws nothing but
/// <see cref="Primitives.Memory.MemoryBudgetExceededException"/>. Start timestamps are passed over, as Prometheus does unless an experimental flag is on.
/// </summary>
public static class RemoteWriteV2Decoder
{
    private const int SymbolsField = 4;
    private const int SeriesField = 5;

    /// <summary>
    /// Decodes a body; see <see cref="DecodeOutcome"/> for how it ends. Refusals: <c>invalid_labels</c> (references that lead nowhere),
    /// <c>invalid_histogram</c>, <c>invalid_exemplar</c>, <c>invalid_metadata</c>; labels stay as they came, to be read by the store.
    /// </summary>
    /// <param name="body">The body; it has to stay until the batch has been appended.</param>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="repeats">What was said about metrics before.</param>
    /// <param name="into">Where samples go.</param>
    /// <param name="outcome">How it went.</param>
    /// <param name="addsTypeAndUnit">Whether what is said of a metric's type and unit becomes the labels <c>__type__</c> and <c>__unit__</c>.</param>
    public static void Decode(
        ReadOnlyMemory<byte> body, TenantId tenant, MetadataRepeats repeats, MetricBatch into, DecodeOutcome outcome, bool addsTypeAndUnit = false)
    {
        var symbols = new SymbolTable(body, into.Budget, addsTypeAndUnit);
        into.WireLabels = symbols;
        ReadSymbols(body.Span, symbols);
        if (symbols.Count > 0 && !symbols.TextOf(0).IsEmpty)
        {
            outcome.Fail("the first symbol is not the empty string");
            return;
        }

        var decoder = new ReferencedSeriesDecoder(symbols, into, outcome, new SaidMetadata(symbols, tenant, repeats, into), addsTypeAndUnit);
        var reader = new ProtoReader(body.Span);
        while (reader.TryReadTag(out var field, out _))
        {
            if (field == SeriesField) decoder.DecodeSeries(ref reader, reader.ReadMessage());
        }

        ProtoFault.Report(reader, outcome);
    }

    // Symbols stand before series where senders write fields in order, which protobuf does not ask for. What is malformed is found again by the second walk.
    private static void ReadSymbols(ReadOnlySpan<byte> body, SymbolTable into)
    {
        var reader = new ProtoReader(body);
        while (reader.TryReadTag(out var field, out var wire))
        {
            if (field != SymbolsField || wire != WireType.LengthDelimited) continue;
            var text = reader.ReadBytes();
            into.Add(reader.Position - text.Length, text);
        }
    }
}
