using Triptych.Model.Labels;
using Triptych.Model.Logs;

namespace Triptych.Ingest.Levels;

/// <summary>
/// Tells how grave a log record is, in the order of what is most sure: a label or metadata that names the level, OTLP's severity number, a field of the
/// line (JSON to depth 2, logfmt), the first word of the line that is a level. A field whose value is no known level is passed over. Used by every way in which
/// lines come. Stateless; allocates nothing.
/// </summary>
public static class LevelDetector
{
    /// <summary>The level of a record.</summary>
    /// <param name="streamLevel">What <see cref="FromLabels"/> said about the labels of its stream (asked once per stream).</param>
    /// <param name="canonicalMetadata">Its structured metadata.</param>
    /// <param name="severityNumber">OTLP's number, 0 where there is none.</param>
    /// <param name="line">Its line.</param>
    public static LogLevel Detect(LogLevel streamLevel, ReadOnlySpan<byte> canonicalMetadata, int severityNumber, ReadOnlySpan<byte> line)
    {
        if (streamLevel != LogLevel.Unknown) return streamLevel;
        var level = FromLabels(canonicalMetadata);
        if (level == LogLevel.Unknown) level = FromSeverityNumber(severityNumber);
        return level == LogLevel.Unknown ? FromLine(line) : level;
    }

    /// <summary>The level that a canonical label set names.</summary>
    public static LogLevel FromLabels(ReadOnlySpan<byte> canonicalLabels)
    {
        var reader = new LabelSetReader(canonicalLabels);
        while (reader.TryRead(out var name, out var value))
        {
            if (LevelNames.IsLevelField(name) && LevelNames.Parse(value) is var level and not LogLevel.Unknown) return level;
        }

        return LogLevel.Unknown;
    }

    /// <summary>The level of OTLP's numbers 1 to 24, which come in bands of four.</summary>
    public static LogLevel FromSeverityNumber(int severityNumber) => severityNumber switch
    {
        >= 1 and <= 4 => LogLevel.Trace,
        >= 5 and <= 8 => LogLevel.Debug,
        >= 9 and <= 12 => LogLevel.Info,
        >= 13 and <= 16 => LogLevel.Warn,
        >= 17 and <= 20 => LogLevel.Error,
        >= 21 and <= 24 => LogLevel.Fatal,
        _ => LogLevel.Unknown,
    };

    /// <summary>The level that a word stands for, in any case; unknown for other words.</summary>
    public static LogLevel FromWord(ReadOnlySpan<byte> word) => LevelNames.Parse(word);

    /// <summary>The level that a line tells.</summary>
    public static LogLevel FromLine(ReadOnlySpan<byte> line)
    {
        if (line.Length > LineLevels.MaxScannedBytes) line = line[..LineLevels.MaxScannedBytes];
        var start = line.TrimStart(" \t\r\n"u8);
        var level = start.IsEmpty || start[0] != '{' ? LineLevels.FromLogfmt(line) : LineLevels.FromJson(start);
        return level == LogLevel.Unknown ? LineLevels.FromWords(line) : level;
    }
}
