namespace Triptych.LogQL.Templates;

/// <summary>What a template sees of a row.</summary>
internal interface ITemplateScope
{
    /// <summary>A label's value; empty where there is none.</summary>
    string Field(string name);

    /// <summary>All labels, in any order.</summary>
    IEnumerable<KeyValuePair<string, string>> Fields { get; }

    /// <summary>The line as it is now.</summary>
    string Line { get; }

    /// <summary>The record's time.</summary>
    long TimeUnixNanos { get; }

    /// <summary>The time of the query.</summary>
    long NowUnixNanos { get; }
}

/// <summary>
/// One carrying out of a template: the value that the dot stands for, the variables, and the work that is left. The work of a row is
/// bounded, as a loop in a loop could go on for hours.
/// </summary>
internal sealed class TemplateFrame(ITemplateScope scope, int variables)
{
    /// <summary>Characters that functions may look at for one row, a call, a node or a turn of a loop counting as five hundred.</summary>
    private const long MaxWork = 50_000_000;

    private const int WorkPerStep = 500;

    private readonly object[] _variables = variables == 0 ? [] : new object[variables];
    private TemplateMap? _labels;
    private long _work;

    public ITemplateScope Scope => scope;

    /// <summary>The value of the dot; null while that is the row's labels, which are then looked up one by one.</summary>
    public object? Dot { get; set; }

    /// <summary>The row's labels as a value of their own.</summary>
    public TemplateMap Labels => _labels ??= new TemplateMap(
        scope.Fields.Select(label => KeyValuePair.Create(label.Key, (object)label.Value)), missing: "");

    public object this[int variable]
    {
        get => _variables[variable];
        set => _variables[variable] = value;
    }

    /// <summary>Takes a step that looks at so many characters; false where the row's work is used up.</summary>
    public bool TryWork(long characters) => (_work += characters + WorkPerStep) <= MaxWork;
}
