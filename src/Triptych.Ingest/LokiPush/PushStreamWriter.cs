using Triptych.Ingest.Labels;
using Triptych.Ingest.Levels;
using Triptych.Ingest.Text;
using Triptych.Model.Labels;
using Triptych.Model.Logs;
using Triptych.Primitives.Text;

namespace Triptych.Ingest.LokiPush;

/// <summary>
/// Puts the streams and entries of one push body into a batch, whichever encoding they came in: finds the service, detects levels, repairs text, refuses
/// what cannot be taken. One owner, one thread at a time.
/// </summary>
internal sealed class PushStreamWriter(LogBatch batch, DecodeOutcome outcome, LogIntakeOptions options) : IDisposable
{
    private readonly LabelSetWriter _set = new();
    private readonly ValidText _valid = new();
    private LogLevel _streamLevel;
    private LogLevel _toldLevel;
    private string? _refusedReason;
    private string _refusedDetail = "";

    /// <summary>The labels of the stream to begin.</summary>
    public LabelCollector Labels { get; } = new(LabelCollision.LastWins);

    /// <summary>The structured metadata of the entry to add; see <see cref="AddMetadata"/>.</summary>
    public LabelCollector Metadata { get; } = new(LabelCollision.LastWins);

    /// <summary>Begins the stream whose labels were collected. A stream that cannot be taken swallows and counts its entries.</summary>
    /// <param name="error">What was wrong with the labels' text, if anything.</param>
    /// <param name="settlesCollisions">Whether of labels with one name one is taken; otherwise the stream is refused.</param>
    public void BeginStream(string? error, bool settlesCollisions = false)
    {
        _refusedReason = null;
        if (error is not null)
        {
            Refuse("invalid_labels", error);
            return;
        }

        if (Labels.Count == 0)
        {
            Refuse("missing_labels", "a stream needs at least one label");
            return;
        }

        if (!Utf8Text.IsValid(Labels.Output.WrittenSpan))
        {
            Refuse("invalid_labels", "a stream's labels are not valid UTF-8");
            return;
        }

        // Names that come twice are the sender's mistake here, so the writer has to see them before the collector settles them.
        ServiceNames.Discover(Labels, options.ServiceLabels);
        if (!settlesCollisions && Labels.HasCollisions())
        {
            Refuse("duplicate_label_names", "a stream names a label twice");
            return;
        }

        _set.Reset();
        Labels.WriteTo(_set);
        if (_set.TryFinish(out var labels) != LabelSetError.None)
        {
            Refuse("invalid_labels", $"a stream's labels are together larger than {LabelSetWriter.MaxSizeBytes} bytes");
            return;
        }

        if (StreamLimits.Find(options, labels) is { } limit)
        {
            Refuse(limit.Reason, limit.Detail);
            return;
        }

        _streamLevel = LevelDetector.FromLabels(labels);

        // Records of one stream often come one by one, each with its labels.
        if (batch.Streams.IsEmpty || !batch.Read(batch.Streams[^1].Labels).SequenceEqual(labels)) batch.AddStream(labels);
    }

    /// <summary>Begins an entry.</summary>
    public void BeginEntry()
    {
        Metadata.Reset();
        _toldLevel = LogLevel.Unknown;
    }

    /// <summary>Collects a piece of structured metadata; its name is normalised.</summary>
    public void AddMetadata(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.IsEmpty || value.IsEmpty) return;
        var output = Metadata.Output;
        var start = output.Length;
        LabelNaming.WriteForLogs(name, output);
        var nameEnd = output.Length;
        if (output.WrittenSpan[start..].SequenceEqual("detected_level"u8))
        {
            _toldLevel = LevelDetector.FromWord(value);
            output.Truncate(start);
            return;
        }

        output.Write(_valid.Of(value));
        Metadata.Add(start, nameEnd, nameEnd, default);
    }

    /// <summary>Says the level of the entry begun last, where the protocol has it.</summary>
    public void TellLevel(LogLevel level) => _toldLevel = level;

    /// <summary>Adds the entry begun last; false where it is refused.</summary>
    public bool AddEntry(long timeUnixNanos, ReadOnlySpan<byte> line)
    {
        if (_refusedReason is not null)
        {
            outcome.Refuse(_refusedReason, _refusedDetail);
            return false;
        }

        var isTooLong = line.Length > options.MaxLineBytes;
        if (isTooLong && !options.TruncatesLines)
        {
            outcome.Refuse("line_too_long", $"a line of {line.Length} bytes is longer than {options.MaxLineBytes} bytes");
            return false;
        }

        _set.Reset();
        Metadata.WriteTo(_set);
        if (_set.TryFinish(out var metadata) != LabelSetError.None)
        {
            outcome.Refuse("structured_metadata_too_large", $"an entry's metadata is together larger than {LabelSetWriter.MaxSizeBytes} bytes");
            return false;
        }

        if (MetadataLimits.Find(options, _set.Count, metadata) is { } limit)
        {
            outcome.Refuse(limit.Reason, limit.Detail);
            return false;
        }

        if (isTooLong) line = Utf8Text.Cut(line, options.MaxLineBytes);
        line = _valid.Of(line);
        var level = _toldLevel;
        if (level == LogLevel.Unknown && options.DetectsLevels) level = LevelDetector.Detect(_streamLevel, metadata, 0, line);
        batch.AddEntry(timeUnixNanos, level, line, metadata);
        return true;
    }

    /// <summary>Refuses an entry whose time is out of range.</summary>
    public void RefuseTime() => outcome.Refuse("invalid_time", "an entry's time is not within the years 1677 to 2262");

    /// <inheritdoc/>
    public void Dispose()
    {
        Labels.Dispose();
        Metadata.Dispose();
        _valid.Dispose();
    }

    private void Refuse(string reason, string detail)
    {
        _refusedReason = reason;
        _refusedDetail = detail;
    }
}
