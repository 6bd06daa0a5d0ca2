using System.Globalization;
using System.Text.Json;
using Triptych.Ingest.Text;
using Triptych.Primitives.Binary;

namespace Triptych.Ingest.LokiPush;

/// <summary>
/// Reads <c>{"streams":[{"stream":{"name":"value"},"values":[["unix nanoseconds","line",{"name":"value"}]]}]}</c>, fields in any order, unknown ones
/// ignored.
/// </summary>
internal ref struct PushJson
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly PushStreamWriter _writer;
    private readonly PooledBufferWriter _name;
    private readonly PooledBufferWriter _text;
    private readonly PooledBufferWriter _line;
    private Utf8JsonReader _reader;
    private string? _labelError;

    private PushJson(ReadOnlySpan<byte> body, PushStreamWriter writer, PooledBufferWriter name, PooledBufferWriter text, PooledBufferWriter line)
    {
        _body = body;
        _writer = writer;
        _name = name;
        _text = text;
        _line = line;
        _reader = new Utf8JsonReader(body);
    }

    /// <summary>Reads a body into a writer.</summary>
    public static void Decode(ReadOnlySpan<byte> body, PushStreamWriter writer, DecodeOutcome outcome)
    {
        using var name = new PooledBufferWriter(capacity: 0);
        using var text = new PooledBufferWriter(capacity: 0);
        using var line = new PooledBufferWriter(capacity: 0);
        var push = new PushJson(body, writer, name, text, line);
        try
        {
            if (push.ReadRequest() is { } error) outcome.Fail($"malformed push at offset {push._reader.TokenStartIndex}: {error}");
        }
        catch (JsonException e)
        {
            outcome.Fail($"malformed JSON at offset {push._reader.BytesConsumed}: {e.Message}");
        }
    }

    private string? ReadRequest()
    {
        if (!_reader.Read() || _reader.TokenType != JsonTokenType.StartObject) return "an object is expected";
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var isStreams = JsonUnescape.Read(_reader, _body, _name).SequenceEqual("streams"u8);
            _reader.Read();
            if (!isStreams)
            {
                _reader.Skip();
                continue;
            }

            if (_reader.TokenType != JsonTokenType.StartArray) return "streams must be an array";
            while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
            {
                if (ReadStream() is { } error) return error;
            }
        }

        return _reader.Read() ? "something stands after the end" : null;
    }

    private string? ReadStream()
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return "a stream must be an object";
        var hasValues = false;
        var values = default(Utf8JsonReader);
        _writer.Labels.Reset();
        _labelError = null;
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonUnescape.Read(_reader, _body, _name);
            var isLabels = name.SequenceEqual("stream"u8);
            var isValues = name.SequenceEqual("values"u8);
            _reader.Read();
            if (isLabels)
            {
                if (ReadPairs(isLabels: true) is { } error) return error;
                continue;
            }

            if (isValues)
            {
                // The labels may stand behind the values: these are passed over now and read when the stream has begun.
                if (_reader.TokenType != JsonTokenType.StartArray) return "values must be an array";
                values = _reader;
                hasValues = true;
            }

            _reader.Skip();
        }

        _writer.BeginStream(_labelError);
        if (!hasValues) return "a stream has no values";
        var end = _reader;
        _reader = values;
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            if (ReadEntry() is { } error) return error;
        }

        _reader = end;
        return null;
    }

    private string? ReadEntry()
    {
        if (_reader.TokenType != JsonTokenType.StartArray) return "an entry must be an array";
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String) return "an entry's time must be a string of nanoseconds";
        var text = JsonUnescape.Read(_reader, _body, _text);
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var time))
            return "an entry's time must be a string of nanoseconds";
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.String) return "an entry's line must be a string";
        var line = JsonUnescape.Read(_reader, _body, _line);
        _writer.BeginEntry();
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.StartObject)
        {
            if (ReadPairs(isLabels: false) is { } error) return error;
            _reader.Read();
        }

        if (_reader.TokenType != JsonTokenType.EndArray) return "an entry is [time, line] or [time, line, {metadata}]";
        _writer.AddEntry(time, line);
        return null;
    }

    private string? ReadPairs(bool isLabels)
    {
        if (_reader.TokenType != JsonTokenType.StartObject) return "an object of strings is expected";
        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonUnescape.Read(_reader, _body, _name);
            _reader.Read();
            if (_reader.TokenType != JsonTokenType.String) return "a string is expected";
            var value = JsonUnescape.Read(_reader, _body, _text);
            if (!isLabels) _writer.AddMetadata(name, value);
            else if (!StreamLabelsParser.IsName(name)) _labelError = "a stream has a label whose name is not made of letters, digits, '_' and ':'";
            else if (!value.IsEmpty) _writer.Labels.Add(name, value);
        }

        return null;
    }
}
