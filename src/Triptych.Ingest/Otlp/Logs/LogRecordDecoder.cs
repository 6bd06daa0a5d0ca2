using System.Globalization;
using Triptych.Ingest.Labels;
using Triptych.Ingest.Levels;
using Triptych.Ingest.Otlp.Values;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Binary;
using Triptych.Primitives.Protobuf;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.Otlp.Logs;

/// <summary>
/// Copies the log records of one body into a batch. What a resource and a scope give to all their records is collected once. One owner, one thread at a
/// time.
/// </summary>
internal sealed class LogRecordDecoder(LogBatch batch, DecodeOutcome outcome, DateTimeOffset now) : IDisposable
{
    private readonly MetadataCollector _metadata = new();
    private readonly LabelCollector _labels = new(LabelCollision.LastWins);
    private readonly LabelSetWriter _set = new();
    private readonly PooledBufferWriter _line = new(capacity: 0);
    private LogLevel _streamLevel;
    private bool _hasStream;

    /// <summary>Reads <c>ResourceLogs{resource 1 {attributes 1}, scope_logs 2}</c>.</summary>
    public void DecodeResourceLogs(scoped ref ProtoReader parent, ProtoReader message)
    {
        var again = message;
        _labels.Reset();
        _metadata.Labels.Reset();
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) CollectResource(ref message, message.ReadMessage());
        }

        if (!parent.Absorb(message)) return;
        BeginStream();
        var mark = _metadata.Labels.Mark;
        while (again.TryReadTag(out var field, out _))
        {
            if (field != 2) continue;
            _metadata.Labels.ReturnTo(mark);
            DecodeScopeLogs(ref again, again.ReadMessage());
        }

        parent.Absorb(again);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _metadata.Dispose();
        _labels.Dispose();
        _line.Dispose();
    }

    private void CollectResource(scoped ref ProtoReader parent, ProtoReader resource)
    {
        while (resource.TryReadTag(out var field, out _))
        {
            if (field != 1 || !AnyValue.TryReadPair(ref resource, resource.ReadMessage(), out var key, out var value)) continue;
            if (!IndexLabels.Contains(key))
            {
                _metadata.Add(ref resource, key, value);
                continue;
            }

            var output = _labels.Output;
            var start = output.Length;
            LabelNaming.WriteForLogs(key, output);
            var nameEnd = output.Length;
            AnyValueText.WritePlain(ref resource, value, output);
            _labels.Add(start, nameEnd, nameEnd, default);
        }

        parent.Absorb(resource);
    }

    private void BeginStream()
    {
        ServiceNames.Discover(_labels);
        _set.Reset();
        _labels.WriteTo(_set);
        _hasStream = _set.TryFinish(out var labels) == LabelSetError.None;
        if (!_hasStream) return;
        _streamLevel = LevelDetector.FromLabels(labels);
        batch.AddStream(labels);
    }

    /// <summary>Reads <c>ScopeLogs{scope 1 {name 1, version 2, attributes 3, dropped_attributes_count 4}, log_records 2}</c>.</summary>
    private void DecodeScopeLogs(scoped ref ProtoReader parent, ProtoReader message)
    {
        var again = message;
        while (message.TryReadTag(out var field, out _))
        {
            if (field == 1) CollectScope(ref message, message.ReadMessage());
        }

        if (!parent.Absorb(message)) return;
        var mark = _metadata.Labels.Mark;
        while (again.TryReadTag(out var field, out _))
        {
            if (field != 2) continue;
            _metadata.Labels.ReturnTo(mark);
            DecodeRecord(ref again, again.ReadMessage());
        }

        parent.Absorb(again);
    }

    private void CollectScope(scoped ref ProtoReader parent, ProtoReader scope)
    {
        while (scope.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: AddText("scope_name"u8, scope.ReadBytes()); break;
                case 2: AddText("scope_version"u8, scope.ReadBytes()); break;
                case 3:
                    if (AnyValue.TryReadPair(ref scope, scope.ReadMessage(), out var key, out var value)) _metadata.Add(ref scope, key, value);
                    break;
                case 4: AddNumber("scope_dropped_attributes_count"u8, scope.ReadUInt32()); break;
            }
        }

        parent.Absorb(scope);
    }

    private void DecodeRecord(scoped ref ProtoReader parent, ProtoReader record)
    {
        ulong time = 0;
        ulong observed = 0;
        var severity = 0;
        _line.Reset();
        _metadata.DetectedLevel = LogLevel.Unknown;
        while (record.TryReadTag(out var field, out _))
        {
            switch (field)
            {
                case 1: time = record.ReadFixed64(); break;
                case 2:
                    severity = record.ReadInt32();
                    AddNumber("severity_number"u8, (ulong)Math.Max(severity, 0));
                    break;
                case 3: AddText("severity_text"u8, record.ReadBytes()); break;
                case 5:
                    _line.Reset();
                    var body = AnyValue.Read(ref record, record.ReadMessage());
                    AnyValueText.WritePlain(ref record, body, _line);
                    break;
                case 6:
                    if (AnyValue.TryReadPair(ref record, record.ReadMessage(), out var key, out var value)) _metadata.Add(ref record, key, value);
                    break;
                case 7: AddNumber("dropped_attributes_count"u8, record.ReadUInt32()); break;
                case 8: AddNumber("flags"u8, record.ReadFixed32()); break;
                case 9: AddId("trace_id"u8, record.ReadBytes(), 16); break;
                case 10: AddId("span_id"u8, record.ReadBytes(), 8); break;
                case 11: observed = record.ReadFixed64(); break;
                case 12: AddText("event_name"u8, record.ReadBytes()); break;
            }
        }

        if (!parent.Absorb(record)) return;
        if (time != 0 && observed != 0) AddNumber("observed_timestamp"u8, observed);
        AddEntry(time != 0 ? time : observed, severity);
    }

    private void AddEntry(ulong time, int severity)
    {
        if (!_hasStream)
        {
            outcome.Refuse("invalid_labels", $"the resource's index attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes");
            return;
        }

        if (time > long.MaxValue)
        {
            outcome.Refuse("invalid_time", "a log record's time is beyond the year 2262");
            return;
        }

        if (_line.Length > LogLimits.MaxLineBytes)
        {
            outcome.Refuse("line_too_long", $"a line of {_line.Length} bytes is longer than {LogLimits.MaxLineBytes} bytes");
            return;
        }

        _set.Reset();
        _metadata.Labels.WriteTo(_set);
        if (_set.TryFinish(out var metadata) != LabelSetError.None)
        {
            outcome.Refuse("structured_metadata_too_large", $"a log record's attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes");
            return;
        }

        var line = _line.WrittenSpan;
        var level = _metadata.DetectedLevel;
        if (level == LogLevel.Unknown) level = LevelDetector.Detect(_streamLevel, metadata, severity, line);
        if (time == 0) outcome.UseServerTime();
        batch.AddEntry(time == 0 ? UnixNanos.Of(now) : (long)time, level, line, metadata);
    }

    private void AddText(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text)
    {
        var output = _metadata.Labels.Output;
        var start = output.Length;
        output.Write(name);
        var nameEnd = output.Length;
        AnyValueText.WriteValid(text, output);
        _metadata.Labels.Add(start, nameEnd, nameEnd, default);
    }

    private void AddNumber(ReadOnlySpan<byte> name, ulong value)
    {
        if (value == 0) return;
        Span<byte> text = stackalloc byte[20];
        value.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        _metadata.Labels.Add(name, text[..length]);
    }

    private void AddId(ReadOnlySpan<byte> name, ReadOnlySpan<byte> id, int length)
    {
        if (id.Length != length || !id.ContainsAnyExcept((byte)0)) return;
        Span<byte> hex = stackalloc byte[32];
        HexId.TryEncode(id, hex);
        _metadata.Labels.Add(name, hex[..(length * 2)]);
    }
}
