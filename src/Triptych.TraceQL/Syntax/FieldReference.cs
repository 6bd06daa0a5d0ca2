using System.Text;

namespace Triptych.TraceQL.Syntax;

/// <summary>Where an attribute is looked up. <see cref="None"/> is the leading dot: the span first, then its resource.</summary>
public enum FieldScope
{
    None,
    Span,
    Resource,
    Event,
    Link,
    Instrumentation,
}

/// <summary>What a query can read of a span: an attribute in a scope or an intrinsic.</summary>
public abstract record FieldReference
{
    /// <summary>The reference as a query writes it; also the label key of metrics and the attribute key of <c>select</c>.</summary>
    public abstract string Written { get; }

    public sealed override string ToString() => Written;
}

/// <summary>A user attribute. <see cref="OfParent"/> marks the <c>parent.</c> prefix.</summary>
public sealed record AttributeReference(FieldScope Scope, string Name, bool OfParent) : FieldReference
{
    public override string Written
    {
        get
        {
            var written = new StringBuilder();
            if (OfParent)
            {
                written.Append("parent");
            }

            if (Scope != FieldScope.None)
            {
                written.Append(OfParent ? "." : "").Append(ScopeName(Scope));
            }

            return written.Append('.').Append(NeedsQuotes(Name) ? StaticValue.Quote(Name) : Name).ToString();
        }
    }

    internal static string ScopeName(FieldScope scope) => scope switch
    {
        FieldScope.Span => "span",
        FieldScope.Resource => "resource",
        FieldScope.Event => "event",
        FieldScope.Link => "link",
        FieldScope.Instrumentation => "instrumentation",
        _ => "",
    };

    private bool NeedsQuotes(string name)
    {
        // An unscoped name that starts with a digit would be read as a number, one that starts with a scope after
        // "parent." as that scope.
        if (Scope == FieldScope.None
            && (char.IsAsciiDigit(name[0]) || (OfParent && (name.StartsWith("span.", StringComparison.Ordinal)
                || name.StartsWith("resource.", StringComparison.Ordinal)))))
        {
            return true;
        }

        foreach (var unit in name)
        {
            if (!Lexer.IsAttributeChar(unit) || unit is '"' or '\\')
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>An intrinsic under the name it was written with (<c>duration</c> and <c>span:duration</c> are one intrinsic).</summary>
public sealed record IntrinsicReference(Intrinsic Intrinsic, string Spelling) : FieldReference
{
    public override string Written => Spelling;
}
