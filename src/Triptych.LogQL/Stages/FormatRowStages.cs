using System.Text;
using Triptych.Columnar.Symbols;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Templates;

namespace Triptych.LogQL.Stages;

/// <summary>A row as a template sees it.</summary>
internal sealed class RowScope(SymbolTable symbols, long nowUnixNanos) : ITemplateScope
{
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private RowLabels? _labels;
    private string? _line;
    private byte[] _text = [];

    public string Line => _line ??= Encoding.UTF8.GetString(_text);

    public long TimeUnixNanos { get; private set; }

    public long NowUnixNanos => nowUnixNanos;

    public IEnumerable<KeyValuePair<string, string>> Fields => _labels!.ToArray(category: null)
        .Select(label => KeyValuePair.Create(symbols.GetString(label.Name), symbols.GetString(label.Value)));

    public void Begin(ref Row row)
    {
        _labels = row.Labels;
        TimeUnixNanos = row.TimeUnixNanos;
        _line = null;
        // Few templates look at the line; its bytes are kept, the text is made on demand.
        if (_text.Length != row.Line.Length) _text = new byte[row.Line.Length];
        row.Line.CopyTo(_text);
    }

    public string Field(string name)
    {
        if (!_names.TryGetValue(name, out var symbol)) _names.Add(name, symbol = symbols.Intern(name));
        return Encoding.UTF8.GetString(_labels!.Get(symbol));
    }
}

/// <summary>
/// <c>line_format</c>: the template's text becomes the line; where it cannot be carried out the line stays and the row has an error.
/// </summary>
internal sealed class LineFormatRowStage(LineFormatStage stage, SymbolTable symbols, long nowUnixNanos) : RowStage
{
    private readonly Template _template = Template.Parse(stage.Template);
    private readonly RowScope _scope = new(symbols, nowUnixNanos);
    private readonly StringBuilder _text = new();
    private byte[] _line = new byte[1024];

    public override bool Apply(ref Row row)
    {
        _scope.Begin(ref row);
        _text.Clear();
        if (!_template.TryWrite(_scope, _text))
        {
            row.Labels.Fail(Template.Error, "the line's template cannot be carried out");
            return true;
        }

        var text = _text.ToString();
        var length = Encoding.UTF8.GetByteCount(text);
        if (_line.Length < length) _line = new byte[length * 2];
        Encoding.UTF8.GetBytes(text, _line);
        row.Line = _line.AsSpan(0, length);
        return true;
    }
}

/// <summary><c>label_format</c>: moves values to other names and fills labels from templates, one after the other.</summary>
internal sealed class LabelFormatRowStage(LabelFormatStage stage, SymbolTable symbols, long nowUnixNanos) : RowStage
{
    private readonly List<(int Target, int Source, Template? Template)> _formats =
    [
        .. stage.Formats.Select(f => (
            symbols.Intern(f.Target), symbols.Intern(f.Source ?? ""), f.Template is null ? null : Template.Parse(f.Template))),
    ];

    private readonly RowScope _scope = new(symbols, nowUnixNanos);
    private readonly StringBuilder _text = new();
    private byte[] _value = new byte[256];

    public override bool ReadsLine => _formats.Exists(f => f.Template is not null);

    public override bool Apply(ref Row row)
    {
        foreach (var (target, source, template) in _formats)
        {
            if (template is null) Rename(row.Labels, target, source);
            else Fill(ref row, target, template);
        }

        return true;
    }

    private void Rename(RowLabels labels, int target, int source)
    {
        var value = labels.Get(source);
        if (value.IsEmpty || target == source) return;
        if (_value.Length < value.Length) _value = new byte[value.Length * 2];
        value.CopyTo(_value);
        labels.Set(target, _value.AsSpan(0, value.Length), LabelCategory.Parsed);
        labels.Remove(source);
    }

    private void Fill(ref Row row, int target, Template template)
    {
        _scope.Begin(ref row);
        _text.Clear();
        if (template.TryWrite(_scope, _text)) row.Labels.Set(target, Encoding.UTF8.GetBytes(_text.ToString()), LabelCategory.Parsed);
        else row.Labels.Fail(Template.Error, "a label's template cannot be carried out");
    }
}
