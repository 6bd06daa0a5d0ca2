using System.Text;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Syntax;

/// <summary>The canonical form of pipeline stages; each begins with a space.</summary>
internal static class StagePrinter
{
    public static void WriteStages(StringBuilder text, IReadOnlyList<PipelineStage> stages)
    {
        foreach (var stage in stages)
        {
            text.Append(' ');
            WriteStage(text, stage);
        }
    }

    private static void WriteStage(StringBuilder text, PipelineStage stage)
    {
        switch (stage)
        {
            case LineFilterStage filter:
                WriteLineFilter(text, filter);
                break;
            case JsonStage json:
                text.Append("| json");
                WriteExtractions(text, json.Extractions);
                break;
            case LogfmtStage logfmt:
                text.Append("| logfmt").Append(logfmt.Strict ? " --strict" : "").Append(logfmt.KeepEmpty ? " --keep-empty" : "");
                WriteExtractions(text, logfmt.Extractions);
                break;
            case RegexpStage regexp:
                text.Append("| regexp ").Append(StringLiteral.Quote(regexp.Regex));
                break;
            case PatternStage pattern:
                text.Append("| pattern ").Append(StringLiteral.Quote(pattern.Template.Source));
                break;
            case UnpackStage:
                text.Append("| unpack");
                break;
            case LabelFilterStage filter:
                text.Append("| ");
                WriteFilter(text, filter.Filter);
                break;
            case LineFormatStage format:
                text.Append("| line_format ").Append(StringLiteral.Quote(format.Template));
                break;
            case LabelFormatStage format:
                WriteLabelFormat(text, format);
                break;
            case DecolorizeStage:
                text.Append("| decolorize");
                break;
            case DropStage drop:
                WriteChoices(text.Append("| drop "), drop.Labels);
                break;
            case KeepStage keep:
                WriteChoices(text.Append("| keep "), keep.Labels);
                break;
            case UnwrapStage unwrap:
                WriteUnwrap(text, unwrap);
                break;
            default:
                throw new InvalidOperationException($"No printed form for {stage.GetType().Name}.");
        }
    }

    private static void WriteLineFilter(StringBuilder text, LineFilterStage filter)
    {
        text.Append(Operators.Name(filter.Kind)).Append(' ');
        for (var i = 0; i < filter.Values.Count; i++)
        {
            var quoted = StringLiteral.Quote(filter.Values[i].Text);
            text.Append(i == 0 ? "" : " or ").Append(filter.Values[i].IsIp ? "ip(" + quoted + ")" : quoted);
        }
    }

    private static void WriteExtractions(StringBuilder text, IReadOnlyList<Extraction> extractions)
    {
        for (var i = 0; i < extractions.Count; i++)
            text.Append(i == 0 ? " " : ", ").Append(extractions[i].Label).Append('=')
                .Append(StringLiteral.Quote(extractions[i].Expression));
    }

    private static void WriteLabelFormat(StringBuilder text, LabelFormatStage stage)
    {
        text.Append("| label_format ");
        for (var i = 0; i < stage.Formats.Count; i++)
        {
            var format = stage.Formats[i];
            text.Append(i == 0 ? "" : ", ").Append(format.Target).Append('=')
                .Append(format.Source ?? StringLiteral.Quote(format.Template ?? ""));
        }
    }

    private static void WriteChoices(StringBuilder text, IReadOnlyList<LabelChoice> choices)
    {
        for (var i = 0; i < choices.Count; i++)
        {
            text.Append(i == 0 ? "" : ", ");
            if (choices[i].Matcher is { } matcher)
                QueryPrinter.WriteMatcher(text, matcher);
            else
                text.Append(choices[i].Label);
        }
    }

    private static void WriteUnwrap(StringBuilder text, UnwrapStage unwrap)
    {
        var conversion = unwrap.Conversion switch
        {
            UnwrapConversion.Bytes => "bytes",
            UnwrapConversion.Duration => "duration",
            UnwrapConversion.DurationSeconds => "duration_seconds",
            _ => null,
        };
        text.Append("| unwrap ").Append(conversion is null ? unwrap.Label : conversion + "(" + unwrap.Label + ")");
    }

    private static void WriteFilter(StringBuilder text, LabelFilter filter)
    {
        switch (filter)
        {
            case TextLabelFilter matched:
                QueryPrinter.WriteMatcher(text, matched.Matcher);
                break;
            case NumberLabelFilter number:
                text.Append(number.Label).Append(' ').Append(Operators.Name(number.Comparison)).Append(' ');
                QueryPrinter.WriteNumber(text, number.Value);
                break;
            case DurationLabelFilter duration:
                text.Append(duration.Label).Append(' ').Append(Operators.Name(duration.Comparison)).Append(' ');
                text.Append(Quantities.PrintDuration(duration.Nanos));
                break;
            case BytesLabelFilter bytes:
                text.Append(bytes.Label).Append(' ').Append(Operators.Name(bytes.Comparison)).Append(' ');
                text.Append(bytes.SizeBytes.ToString("F0", System.Globalization.CultureInfo.InvariantCulture)).Append('B');
                break;
            case IpLabelFilter ip:
                text.Append(ip.Label).Append(ip.Negated ? "!=" : "=").Append("ip(").Append(StringLiteral.Quote(ip.Pattern)).Append(')');
                break;
            case CombinedLabelFilter combined:
                WriteFilter(text, combined.Left);
                text.Append(combined.IsOr ? " or " : " and ");
                text.Append(combined.Right is CombinedLabelFilter ? "(" : "");
                WriteFilter(text, combined.Right);
                text.Append(combined.Right is CombinedLabelFilter ? ")" : "");
                break;
            default:
                throw new InvalidOperationException($"No printed form for {filter.GetType().Name}.");
        }
    }
}
