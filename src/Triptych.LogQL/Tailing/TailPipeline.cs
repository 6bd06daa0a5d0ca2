using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Planning;
using Triptych.LogQL.Stages;
using Triptych.LogQL.Syntax;
using Triptych.Model.Logs;

namespace Triptych.LogQL.Tailing;

/// <summary>
/// The stages of a query over records that come one after the other, without an end: what stages and symbols remember is forgotten from time to time. One
/// thread at a time.
/// </summary>
internal sealed class TailPipeline(LogPipeline query, TimeProvider time)
{
    private const long MaxSymbolBytes = 2 << 20;

    private static readonly byte[][] LevelNames =
        [.. Enum.GetValues<LogLevel>().Select(static l => Encoding.UTF8.GetBytes(l.ToString().ToLowerInvariant()))];

    private List<RowStage> _stages = [];
    private RowLabels? _labels;
    private LabelId[] _stream = [];

    /// <summary>The symbols of the lines made since the last <see cref="Refresh"/>.</summary>
    public SymbolTable Symbols { get; private set; } = new();

    /// <summary>To be called while no line of this pipeline is in use: forgets what is remembered, once it is much.</summary>
    public void Refresh()
    {
        if (_labels is not null && Symbols.SizeBytes <= MaxSymbolBytes) return;
        Symbols = new SymbolTable();
        _labels = new RowLabels(Symbols);
        var nowUnixNanos = (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        _stages = StageBuilder.Build(query.Stages, Symbols, wanted: null, nowUnixNanos);
    }

    /// <summary>What the stages make of a record; null where one turns it away.</summary>
    public LogLine? Apply(LogBatch records, in LogEntry entry)
    {
        var labels = _labels!;
        var count = Symbols.InternLabels(records.Read(records.Streams[entry.Stream].Labels), ref _stream);
        var level = Symbols.Intern(LevelNames[(int)entry.Level < LevelNames.Length ? (int)entry.Level : 0].AsSpan());
        labels.Reset(_stream.AsSpan(0, count), records.Read(entry.Metadata), level);
        var row = new Row(labels, entry.TimeUnixNanos, records.Read(entry.Line));
        foreach (var stage in _stages)
        {
            if (!stage.Apply(ref row)) return null;
        }

        return new LogLine(
            entry.TimeUnixNanos, row.Line.ToArray(), labels.ToArray(LabelCategory.Stream), labels.ToArray(LabelCategory.Metadata),
            labels.ToArray(LabelCategory.Parsed));
    }
}
