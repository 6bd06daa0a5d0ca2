namespace Triptych.PromQL.Syntax;

/// <summary>A number with an optional sign, where an expression is not allowed.</summary>
internal static class SignedNumber
{
    public static double? Parse(TokenStream tokens, string context)
    {
        var negate = tokens.Current.Kind == TokenKind.Subtract;
        if (tokens.Current.Kind is TokenKind.Add or TokenKind.Subtract)
            tokens.Take();
        double value;
        if (tokens.Current.Kind is TokenKind.Number or TokenKind.Duration)
            value = tokens.Current.Value;
        else if (tokens.IsKeyword("inf"))
            value = double.PositiveInfinity;
        else if (tokens.IsKeyword("nan"))
            value = double.NaN;
        else
        {
            tokens.Unexpected(context, "number");
            return null;
        }
        tokens.Take();
        return negate ? -value : value;
    }
}
