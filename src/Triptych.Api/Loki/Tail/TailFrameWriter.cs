using System.Text.Json;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Tailing;
using Triptych.Model.Labels;
using Triptych.Primitives.Binary;

namespace Triptych.Api.Loki.Tail;

/// <summary>
/// Writes frames of a tail: <c>{"streams":[{"stream":{…},"values":[["ns","line"]…]}],"dropped_entries":[{"labels":{…},"timestamp":"ns"}]}</c>. Where more
/// records were dropped than are named, <c>dropped_total</c> says how many. The frame is valid until the next one is written.
/// </summary>
internal sealed class TailFrameWriter(bool categorize) : IDisposable
{
    private const int KeptBytes = 1 << 20;

    private PooledBufferWriter _buffer = new();

    /// <summary>Writes a frame.</summary>
    public ReadOnlyMemory<byte> Write(TailFrame frame)
    {
        if (_buffer.Length > KeptBytes)
        {
            _buffer.Dispose();
            _buffer = new PooledBufferWriter();
        }

        _buffer.Reset();
        using var json = new Utf8JsonWriter(_buffer, JsonReply.Options);
        json.WriteStartObject();
        json.WriteStartArray("streams");
        foreach (var stream in LogQLAnswer.GroupLines(frame.Lines, categorize))
        {
            json.WriteStartObject();
            json.WritePropertyName("stream");
            LokiJson.WriteLabels(json, LabelText.Sorted(stream.Labels, frame.Symbols), frame.Symbols);
            json.WriteStartArray("values");
            foreach (var line in stream.Lines) LokiJson.WriteLine(json, line, frame.Symbols, categorize);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        LokiJson.WriteEncodingFlags(json, categorize);
        WriteDropped(json, frame);
        json.WriteEndObject();
        json.Flush();
        return _buffer.WrittenMemory;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private static void WriteDropped(Utf8JsonWriter json, TailFrame frame)
    {
        if (frame.DroppedCount == 0) return;
        json.WriteStartArray("dropped_entries");
        foreach (var dropped in frame.Dropped)
        {
            json.WriteStartObject();
            json.WriteStartObject("labels");
            var labels = new LabelSetReader(dropped.Stream);
            while (labels.TryRead(out var name, out var value)) json.WriteString(name, value);
            json.WriteEndObject();
            json.WritePropertyName("timestamp");
            LokiJson.WriteNanos(json, dropped.TimeUnixNanos);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        if (frame.DroppedCount > frame.Dropped.Count) json.WriteNumber("dropped_total", frame.DroppedCount);
    }
}
