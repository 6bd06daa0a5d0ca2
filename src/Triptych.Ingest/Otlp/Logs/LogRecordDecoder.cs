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
internal sealed class LogRecordDecoder(LogBatch batch, DecodeOutcome outcome, DateTimeOffset now, LogIntakeOptions options) : IDisposable
{
    private readonly MetadataCollector _metadata = new();
    private readonly LabelCollector _labels = new(LabelCollision.LastWins);
    private readonly LabelSetWriter _set = new();
    private readonly PooledBufferWriter _line = new(capacity: 0);
    private LogLevel _streamLevel;
    private readonly PooledBufferWriter _severityText = new(capacity: 0);
    private long _withoutTime;
    private CollectorMark _resourceLabels;
    private (string Reason, string Detail)? _refused;

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
        _resourceLabels = _labels.Mark;
        if (!options.Otlp.SeverityTextAsLabel) BeginStream();
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
        _severityText.Dispose();
    }

    private void CollectResource(scoped ref ProtoReader parent, ProtoReader resource)
    {
        while (resource.TryReadTag(out var field, out _))
        {
            if (field != 1 || !AnyValue.TryReadPair(ref resource, resource.ReadMessage(), out var key, out var value)) continue;
            var action = options.Otlp.OfResource(key);
            if (action == OtlpAttributeAction.Drop) continue;
            if (action != OtlpAttributeAction.IndexLabel)
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
        _refused = null;
        ServiceNames.Discover(_labels, options.ServiceLabels);
        _set.Reset();
        _labels.WriteTo(_set);
        if (_set.TryFinish(out var labels) != LabelSetError.None)
        {
            _refused = ("invalid_labels", $"the resource's index attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes");
            return;
        }

        _refused = labels.IsEmpty ? ("missing_labels", "the resource has no attribute that is a label") : StreamLimits.Find(options, labels);
        if (_refused is not null) return;
        _streamLevel = LevelDetector.FromLabels(labels);
        if (batch.Streams.IsEmpty || !batch.Read(batch.Streams[^1].Labels).SequenceEqual(labels)) batch.AddStream(labels);
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
                    if (AnyValue.TryReadPair(ref scope, scope.ReadMessage(), out var key, out var value)
                        && options.Otlp.OfScope(key) != OtlpAttributeAction.Drop) _metadata.Add(ref scope, key, value);
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
        _severityText.Reset();
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
                case 3: TakeSeverityText(record.ReadBytes()); break;
                case 5:
                    _line.Reset();
                    var body = AnyValue.Read(ref record, record.ReadMessage());
                    AnyValueText.WritePlain(ref record, body, _line);
                    break;
                case 6:
                    if (AnyValue.TryReadPair(ref record, record.ReadMessage(), out var key, out var value)
                        && options.Otlp.OfRecord(key) != OtlpAttributeAction.Drop) _metadata.Add(ref record, key, value);
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
        if (options.Otlp.SeverityTextAsLabel) BeginStreamOfSeverity();
        if (_refused is { } refused)
        {
            outcome.Refuse(refused.Reason, refused.Detail);
            return;
        }

        if (time > long.MaxValue)
        {
            outcome.Refuse("invalid_time", "a log record's time is beyond the year 2262");
            return;
        }

        var line = _line.WrittenSpan;
        if (line.Length > options.MaxLineBytes)
        {
            if (!options.TruncatesLines)
            {
                outcome.Refuse("line_too_long", $"a line of {line.Length} bytes is longer than {options.MaxLineBytes} bytes");
                return;
            }

            line = Utf8Text.Cut(line, options.MaxLineBytes);
        }

        _set.Reset();
        _metadata.Labels.WriteTo(_set);
        if (_set.TryFinish(out var metadata) != LabelSetError.None)
        {
            outcome.Refuse("structured_metadata_too_large", $"a log record's attributes are together larger than {LabelSetWriter.MaxSizeBytes} bytes");
            return;
        }

        if (MetadataLimits.Find(options, _set.Count, metadata) is { } limit)
        {
            outcome.Refuse(limit.Reason, limit.Detail);
            return;
        }

        var level = _metadata.DetectedLevel;
        if (level == LogLevel.Unknown && options.DetectsLevels) level = LevelDetector.Detect(_streamLevel, metadata, severity, line);
        if (time == 0) outcome.UseServerTime();

        // Of those without a time each is a little later than the one before, so that equal records stay several and their order is kept.
        batch.AddEntry(time == 0 ? UnixNanos.Of(now) + _withoutTime++ : (long)time, level, line, metadata);
    }

    private void TakeSeverityText(ReadOnlySpan<byte> text)
    {
        if (!options.Otlp.SeverityTextAsLabel)
        {
            AddText("severity_text"u8, text);
            return;
        }

        _severityText.Reset();
        AnyValueText.WriteValid(text, _severityText);
    }

    private void BeginStreamOfSeverity()
    {
        _labels.ReturnTo(_resourceLabels);
        if (_severityText.Length > 0) _labels.Add("severity_text"u8, _severityText.WrittenSpan);
        BeginStream();
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
