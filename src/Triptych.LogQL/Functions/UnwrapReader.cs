using Triptych.Columnar.Symbols;
using Triptych.LogQL.Stages;
using Triptych.LogQL.Syntax;

namespace Triptych.LogQL.Functions;

/// <summary>Reads a row's sample off a label.</summary>
internal sealed class UnwrapReader(UnwrapStage stage, SymbolTable symbols)
{
    public const string Error = "SampleExtractionErr";

    private readonly int _label = symbols.Intern(stage.Label);

    /// <summary>False where the row lacks the label; a value that is no number is an error on the row.</summary>
    public bool TryRead(RowLabels labels, out double value)
    {
        value = 0;
        var text = labels.Get(_label);
        if (text.IsEmpty) return false;
        bool read;
        switch (stage.Conversion)
        {
            case UnwrapConversion.None:
                read = ValueText.TryNumber(text, out value);
                break;
            case UnwrapConversion.Bytes:
                read = ValueText.TryBytes(text, out value);
                break;
            default:
                read = ValueText.TryDurationNanos(text, out value);
                value /= 1e9;
                break;
        }

        if (!read) labels.Fail(Error, "label value is no sample");
        return true;
    }
}
