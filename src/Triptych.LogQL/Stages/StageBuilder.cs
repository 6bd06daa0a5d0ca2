using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Stages;

/// <summary>Makes the working form of the stages that a scan leaves over.</summary>
internal static class StageBuilder
{
    /// <param name="stages">Stages in order, without the unwrap stage.</param>
    /// <param name="symbols">The query's symbols.</param>
    /// <param name="wanted">The only label names that can matter to the answer; null where all may.</param>
    /// <param name="nowUnixNanos">The time of the query, as templates see it.</param>
    public static List<RowStage> Build(
        IEnumerable<PipelineStage> stages, SymbolTable symbols, IReadOnlySet<string>? wanted, long nowUnixNanos) =>
        [.. stages.Select(stage => Build(stage, symbols, wanted, nowUnixNanos))];

    private static RowStage Build(PipelineStage stage, SymbolTable symbols, IReadOnlySet<string>? wanted, long nowUnixNanos) => stage switch
    {
        LineFilterStage filter => new LineFilterRowStage(filter),
        JsonStage json => new JsonRowStage(json, symbols, wanted),
        LogfmtStage logfmt => new LogfmtRowStage(logfmt, symbols, wanted),
        RegexpStage regexp => new RegexpRowStage(regexp, symbols, wanted),
        PatternStage pattern => new PatternRowStage(pattern, symbols, wanted),
        UnpackStage => new UnpackRowStage(symbols, wanted),
        LabelFilterStage filter => new LabelFilterRowStage(filter.Filter, symbols),
        DropStage drop => new DropRowStage(drop, symbols),
        KeepStage keep => new KeepRowStage(keep, symbols),
        LineFormatStage format => new LineFormatRowStage(format, symbols, nowUnixNanos),
        LabelFormatStage format => new LabelFormatRowStage(format, symbols, nowUnixNanos),
        DecolorizeStage => new DecolorizeRowStage(),
        _ => throw new InvalidOperationException($"{stage.GetType().Name} is refused before a query runs"),
    };
}
