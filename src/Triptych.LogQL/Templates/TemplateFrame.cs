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
internal sealed class TemplateFrame
{
    /// <summary>Characters that functions may look at for one row, a call, a node or a turn of a loop counting as five hundred.</summary>
    private const long MaxWork = 50_000_000;

    private const int WorkPerStep = 500;

    // Templates that call each other; CallNode looks whether the thread's stack has room for so many.
    private const int MaxCalls = 100;

    private readonly object[] _variables;
    private readonly TemplateFrame _outermost;
    private readonly int _calls;
    private TemplateMap? _labels;
    private long _work;

    /// <summary>Begins with a template.</summary>
    public TemplateFrame(ITemplateScope scope, int variables)
    {
        Scope = scope;
        _variables = variables == 0 ? [] : new object[variables];
        _outermost = this;
    }

    private TemplateFrame(TemplateFrame caller, object argument, int variables)
        : this(caller.Scope, variables)
    {
        _outermost = caller._outermost;
        _calls = caller._calls + 1;
        Dot = Argument = argument;
    }

    /// <summary>The row.</summary>
    public ITemplateScope Scope { get; }

    /// <summary>The value of the dot; null while that is the row's labels, which are then looked up one by one.</summary>
    public object? Dot { get; set; }

    /// <summary>What the template was called with, for which <c>$</c> stands; null for the row's labels.</summary>
    public object? Argument { get; }

    /// <summary>The row's labels as a value of their own.</summary>
    public TemplateMap Labels => _labels ??= new TemplateMap(
        Scope.Fields.Select(label => KeyValuePair.Create(label.Key, (object)label.Value)), missing: "");

    public object this[int variable]
    {
        get => _variables[variable];
        set => _variables[variable] = value;
    }

    /// <summary>Takes a step that looks at so many characters; false where the row's work is used up.</summary>
    public bool TryWork(long characters) => (_outermost._work += characters + WorkPerStep) <= MaxWork;

    /// <summary>A frame for a template that this one calls; null where too many have called each other.</summary>
    public TemplateFrame? Call(object argument, int variables) => _calls < MaxCalls ? new TemplateFrame(this, argument, variables) : null;
}
