using System.Globalization;
using Triptych.LogQL.Syntax.Literals;

namespace Triptych.LogQL.Templates;

/// <summary>Reads what stands inside the actions of a template, and knows the variables that are declared at a place.</summary>
internal sealed class PipelineReader(TemplateCursor cursor)
{
    /// <summary>Commands of a pipeline lean on each other, so this bounds the depth of an evaluation too.</summary>
    private const int MaxCommands = 500;

    private readonly List<string> _variables = [];
    private int _commands;

    /// <summary>Variables declared at this place.</summary>
    public int VariableCount => _variables.Count;

    /// <summary>The most that were declared at any place.</summary>
    public int MostVariables { get; private set; }

    /// <summary>Leaves a block: what was declared since is unknown again.</summary>
    public void ForgetVariables(int known) => _variables.RemoveRange(known, _variables.Count - known);

    /// <summary>Begins with a template inside of this one, which knows no variable. Returns what <see cref="EndTemplate"/> wants.</summary>
    public (string[] Variables, int Most) BeginTemplate()
    {
        var outer = (_variables.ToArray(), MostVariables);
        _variables.Clear();
        MostVariables = 0;
        return outer;
    }

    /// <summary>Goes on with the outer template.</summary>
    public void EndTemplate((string[] Variables, int Most) outer)
    {
        _variables.Clear();
        _variables.AddRange(outer.Variables);
        MostVariables = outer.Most;
    }

    /// <summary>The name of a template.</summary>
    public string ReadName()
    {
        cursor.SkipBlanks();
        if (!cursor.IsAtEnd && cursor.Text[cursor.At] is '"' or '`') return ReadString()?.Value as string ?? "";
        cursor.Fail("missing name of a template");
        return "";
    }

    /// <summary>A pipeline, which may keep its value in a variable.</summary>
    public TemplatePipeline Read()
    {
        var start = cursor.At;
        cursor.SkipBlanks();
        if (TakeVariableName() is not { Length: > 0 } name || !TryTakeAssignment(out var declares))
        {
            cursor.At = start;
            return new TemplatePipeline(ReadCommands(), null);
        }

        var assigned = declares ? -1 : Find(name);
        var value = ReadCommands();
        return new TemplatePipeline(value, declares ? Declare(name) : assigned);
    }

    /// <summary>What a range goes through: <c>$item :=</c> or <c>$key, $item :=</c> may stand before it.</summary>
    public TemplateExpression ReadRange(out int? key, out int? item)
    {
        key = item = null;
        var start = cursor.At;
        cursor.SkipBlanks();
        var first = TakeVariableName();
        string? second = null;
        cursor.SkipBlanks();
        if (first is { Length: > 0 } && cursor.TryTake(","))
        {
            cursor.SkipBlanks();
            second = TakeVariableName();
            if (second is not { Length: > 0 }) cursor.Fail("range can only declare two variables");
        }

        if (first is not { Length: > 0 } || !TryTakeAssignment(out var declares))
        {
            if (second is not null) cursor.Fail("range needs := after its variables");
            cursor.At = start;
            return ReadCommands();
        }

        if (!declares)
        {
            key = second is null ? null : Find(first);
            item = Find(second ?? first);
        }

        var over = ReadCommands();
        if (declares)
        {
            key = second is null ? null : Declare(first);
            item = Declare(second ?? first);
        }

        return over;
    }

    private int Declare(string name)
    {
        _variables.Add(name);
        MostVariables = Math.Max(MostVariables, _variables.Count);
        return _variables.Count - 1;
    }

    private int Find(string name)
    {
        var found = _variables.LastIndexOf(name);
        if (found < 0) cursor.Fail($"undefined variable {StringLiteral.Quote("$" + name)}");
        return found;
    }

    /// <summary>The name after a dollar, empty for the dollar alone; null where there is none.</summary>
    private string? TakeVariableName() => cursor.TryTake("$") ? cursor.TakeWord() : null;

    private bool TryTakeAssignment(out bool declares)
    {
        cursor.SkipBlanks();
        declares = cursor.TryTake(":=");
        return declares || cursor.TryTake("=");
    }

    private TemplateExpression ReadCommands()
    {
        TemplateExpression? last = null;
        if (!cursor.TryEnter()) return new LiteralExpression("");
        do
        {
            last = ReadCommand(last);
            if (++_commands > MaxCommands) cursor.Fail("template has too many commands");
            cursor.SkipBlanks();
        }
        while (cursor.Problem is null && cursor.TryTake("|"));
        cursor.Leave();
        return last ?? new LiteralExpression("");
    }

    private TemplateExpression? ReadCommand(TemplateExpression? piped)
    {
        cursor.SkipBlanks();
        var start = cursor.At;
        var word = cursor.TakeWord();
        if (word == "nil") cursor.Fail("nil is not a command");
        if (word.Length > 0 && word is not ("true" or "false") && !IsChained()) return ReadCall(word, piped);
        cursor.At = start;
        var operand = ReadOperand();
        if (operand is null) cursor.Fail("missing value in an action");
        if (piped is not null) cursor.Fail("a value cannot take what is piped into it");
        return operand;
    }

    private bool IsChained() => !cursor.IsAtEnd && cursor.Text[cursor.At] == '.';

    private TemplateExpression? ReadCall(string word, TemplateExpression? piped)
    {
        var isLogic = word is "and" or "or";
        var function = TemplateFunctions.Find(word);
        if (function is null && !isLogic)
        {
            cursor.Fail($"function {StringLiteral.Quote(word)} not defined");
            return null;
        }

        var arguments = new List<TemplateExpression>();
        while (cursor.Problem is null && ReadOperand() is { } argument) arguments.Add(argument);
        if (piped is not null) arguments.Add(piped);
        var fewest = isLogic ? 1 : function!.MinArguments;
        if (cursor.Problem is null && (arguments.Count < fewest || arguments.Count > (function?.MaxArguments ?? int.MaxValue)))
            cursor.Fail($"wrong number of arguments for {word}: {arguments.Count}");
        return isLogic ? new ShortCircuitExpression(word == "or", arguments) : new CallExpression(function!, arguments);
    }

    private TemplateExpression? ReadOperand()
    {
        cursor.SkipBlanks();
        if (cursor.IsAtEnd) return null;
        switch (cursor.Text[cursor.At])
        {
            case '(':
                cursor.At++;
                var inner = Read();
                cursor.SkipBlanks();
                if (!cursor.TryTake(")")) cursor.Fail("unclosed left paren");
                return ReadMembers(inner);
            case '.':
                cursor.At++;
                var name = cursor.TakeWord();
                return name.Length == 0 ? new DotExpression() : ReadMembers(new FieldExpression(name));
            case '"' or '`':
                return ReadString();
            case '$':
                return ReadVariable();
            case var c when char.IsAsciiDigit(c) || (c is '-' or '+' && IsDigitAt(cursor.At + 1)):
                return ReadNumber();
            default:
                return ReadWordOperand();
        }
    }

    private bool IsDigitAt(int at) => at < cursor.Text.Length && char.IsAsciiDigit(cursor.Text[at]);

    private TemplateExpression ReadMembers(TemplateExpression inner)
    {
        while (cursor.Problem is null && cursor.TryTake("."))
        {
            var name = cursor.TakeWord();
            if (name.Length == 0) cursor.Fail("missing name after a dot");
            if (++_commands > MaxCommands) cursor.Fail("template has too many commands");
            inner = new MemberExpression(inner, name);
        }

        return inner;
    }

    private TemplateExpression ReadVariable()
    {
        var name = TakeVariableName()!;
        if (name.Length > 0) return ReadMembers(new VariableExpression(Find(name)));
        if (!cursor.TryTake(".")) return new LabelsExpression();
        var label = cursor.TakeWord();
        if (label.Length == 0) cursor.Fail("missing name after a dot");
        return ReadMembers(new LabelExpression(label));
    }

    private TemplateExpression? ReadWordOperand()
    {
        var word = cursor.TakeWord();
        if (word.Length == 0) return null;
        if (word is "true" or "false") return new LiteralExpression(word == "true");
        if (word == "nil") return new LiteralExpression(TemplateNil.Value);
        if (TemplateFunctions.Find(word) is not { } function)
        {
            if (word is "and" or "or") cursor.Fail($"wrong number of arguments for {word}: 0");
            else cursor.Fail($"function {StringLiteral.Quote(word)} not defined");
            return null;
        }

        if (IsChained()) cursor.Fail("a method of a function's value in a template", unsupported: true);
        if (function.MinArguments > 0) cursor.Fail($"wrong number of arguments for {word}: 0");
        return new CallExpression(function, []);
    }

    private LiteralExpression? ReadString()
    {
        var end = StringLiteral.FindEnd(cursor.Text, cursor.At);
        if (end < 0)
        {
            cursor.Fail("unterminated string in an action");
            return null;
        }

        if (!StringLiteral.TryUnquote(cursor.Text.AsSpan(cursor.At, end - cursor.At), out var value, out var problem)) cursor.Fail(problem);
        cursor.At = end;
        return new LiteralExpression(value);
    }

    private LiteralExpression? ReadNumber()
    {
        var text = cursor.Text;
        var start = cursor.At++;
        while (!cursor.IsAtEnd && (char.IsAsciiLetterOrDigit(text[cursor.At]) || text[cursor.At] is '.' or '_')) cursor.At++;
        var number = text[start..cursor.At];
        if (long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
            return new LiteralExpression(whole);
        if (double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var real)) return new LiteralExpression(real);
        cursor.Fail($"bad number {StringLiteral.Quote(number)}");
        return null;
    }
}
