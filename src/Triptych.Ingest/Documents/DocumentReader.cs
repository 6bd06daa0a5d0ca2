using System.Globalization;
using System.Text.Json;
using Triptych.Ingest.Labels;
using Triptych.Ingest.LokiPush;
using Triptych.Ingest.Text;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.Documents;

/// <summary>
/// Makes a log record of a JSON document: time, line and stream labels are found by name, every other field is structured metadata, objects flattened with
/// points (which become underscores), arrays as JSON text. One owner, one thread at a time.
/// </summary>
internal sealed class DocumentReader(DocumentOptions options, LogIntakeOptions intake, DateTimeOffset now, LogBatch batch, DecodeOutcome outcome) : IDisposable
{
    private readonly PushStreamWriter _writer = new(batch, outcome, intake);
    private readonly PooledBufferWriter _path = new();
    private readonly PooledBufferWriter _name = new(capacity: 0);
    private readonly PooledBufferWriter _text = new(capacity: 0);
    private readonly PooledBufferWriter _line = new();
    private long _withoutTime;
    private bool _hasLine;
    private bool _hasTime;
    private long _timeUnixNanos;
    private string? _timeError;

    /// <summary>Labels for the next document beside those of the options; <see cref="Read"/> forgets them.</summary>
    public List<(byte[] Name, byte[] Value)> OwnLabels { get; } = [];

    /// <summary>Takes a document; false where it is refused, which <see cref="DecodeOutcome.LastRefused"/> then tells.</summary>
    public bool Read(ReadOnlySpan<byte> json)
    {
        Begin();
        try
        {
            var reader = new Utf8JsonReader(json);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return Malformed("a document is not a JSON object");
            ReadObject(ref reader, json);
            if (reader.Read()) return Malformed("something stands after the end of a document");
        }
        catch (JsonException e)
        {
            return Malformed($"a document is not JSON: {e.Message}");
        }

        if (_timeError is not null)
        {
            outcome.Refuse("invalid_time", _timeError);
            return false;
        }

        if (_hasTime && !IsWithinWindow()) return false;
        if (!_hasLine) KeepIdsOnly();
        foreach (var (name, value) in OwnLabels) _writer.Labels.Add(name, value, LabelRank.Fixed);
        OwnLabels.Clear();
        if (_writer.Labels.Count == 0) _writer.Labels.Add("service_name"u8, "unknown_service"u8);
        _writer.BeginStream(null, settlesCollisions: true);
        if (_hasTime) return _writer.AddEntry(_timeUnixNanos, _hasLine ? _line.WrittenSpan : json.Trim(" \t\r\n"u8));

        // Each a little later than the one before, so that equal documents stay several and their order is kept.
        outcome.UseServerTime();
        return _writer.AddEntry(UnixNanos.Of(now) + _withoutTime++, _hasLine ? _line.WrittenSpan : json.Trim(" \t\r\n"u8));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _path.Dispose();
        _name.Dispose();
        _text.Dispose();
        _line.Dispose();
    }

    private void Begin()
    {
        _path.Reset();
        _line.Reset();
        (_hasLine, _hasTime, _timeError) = (false, false, null);
        _writer.Labels.Reset();
        foreach (var (name, value) in options.FixedLabels) _writer.Labels.Add(name, value);
        _writer.BeginEntry();
    }

    private bool Malformed(string detail)
    {
        OwnLabels.Clear();
        outcome.Refuse("malformed", detail);
        return false;
    }

    private bool IsWithinWindow()
    {
        var age = Int128.CreateChecked(UnixNanos.Of(now)) - _timeUnixNanos;
        if (age <= (Int128)intake.MaxAge.Ticks * 100 && -age <= (Int128)intake.MaxFuture.Ticks * 100) return true;
        if (age > 0) outcome.Refuse("greater_than_max_sample_age", $"a document's time is more than {intake.MaxAge.TotalHours:0.#} h ago");
        else outcome.Refuse("too_far_in_future", $"a document's time is more than {intake.MaxFuture.TotalMinutes:0.#} min ahead");
        return false;
    }

    private void ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        var prefix = _path.Length;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            _path.Truncate(prefix);
            if (prefix > 0) _path.WriteByte((byte)'.');
            _path.Write(JsonUnescape.Read(reader, json, _name));
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject) ReadObject(ref reader, json);
            else if (reader.TokenType != JsonTokenType.Null) Take(_path.WrittenSpan, ReadValue(ref reader, json), reader.TokenType == JsonTokenType.Number);
        }

        _path.Truncate(prefix);
    }

    private ReadOnlySpan<byte> ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (reader.TokenType == JsonTokenType.String) return JsonUnescape.Read(reader, json, _text);
        if (reader.TokenType != JsonTokenType.StartArray) return reader.ValueSpan;
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return json[start..(int)reader.BytesConsumed];
    }

    private void Take(ReadOnlySpan<byte> path, ReadOnlySpan<byte> value, bool isNumber)
    {
        if (!_hasTime && _timeError is null && options.IsTime(path))
        {
            _hasTime = TryReadTime(value, isNumber, out _timeUnixNanos);
            if (!_hasTime) _timeError = "a document's time is neither RFC 3339 nor a number of seconds, milliseconds, microseconds or nanoseconds since 1970";
        }
        else if (!_hasLine && options.IsMessage(path))
        {
            _hasLine = true;
            _line.Write(value);
        }
        else if (options.IsLabel(path))
        {
            AddLabel(path, value);
        }
        else
        {
            _writer.AddMetadata(path, value);
        }
    }

    private void AddLabel(ReadOnlySpan<byte> path, ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty) return;
        var output = _writer.Labels.Output;
        var start = output.Length;
        LabelNaming.WriteForLogs(path, output);
        var nameEnd = output.Length;
        output.Write(value);
        _writer.Labels.Add(start, nameEnd, nameEnd, default, LabelRank.Fixed);
    }

    private bool TryReadTime(ReadOnlySpan<byte> value, bool isNumber, out long unixNanos)
    {
        if (isNumber && options.NumbersAreMillis)
        {
            var isMillis = decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var millis) && Math.Abs(millis) < 9.2e12m;
            unixNanos = isMillis ? (long)(millis * 1_000_000m) : 0;
            return isMillis;
        }

        if (TextTime.TryParseRfc3339(value, out unixNanos) || TextTime.TryParseNumber(value, out unixNanos)) return true;

        // Without a zone it is UTC, as Elasticsearch reads it.
        Span<byte> zoned = stackalloc byte[40];
        if (value.Length is < 19 or >= 40) return false;
        value.CopyTo(zoned);
        zoned[value.Length] = (byte)'Z';
        return TextTime.TryParseRfc3339(zoned[..(value.Length + 1)], out unixNanos);
    }

    /// <summary>The line is the whole document: its fields are found in it, and only what has columns of its own is kept beside it.</summary>
    private void KeepIdsOnly()
    {
        Span<byte> trace = stackalloc byte[64];
        Span<byte> span = stackalloc byte[64];
        var traceLength = Copy(_writer.Metadata.Find("trace_id"u8), trace);
        var spanLength = Copy(_writer.Metadata.Find("span_id"u8), span);
        _writer.Metadata.Reset();
        if (traceLength > 0) _writer.Metadata.Add("trace_id"u8, trace[..traceLength]);
        if (spanLength > 0) _writer.Metadata.Add("span_id"u8, span[..spanLength]);
    }

    private static int Copy(ReadOnlySpan<byte> value, Span<byte> target) => value.TryCopyTo(target) ? value.Length : 0;
}
