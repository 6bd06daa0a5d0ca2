namespace Triptych.LogQL.Templates;

/// <summary>Comparisons and conditions.</summary>
internal static class LogicFunctions
{
    private const int Any = int.MaxValue;

    public static void AddTo(Dictionary<string, TemplateFunction> all)
    {
        all["eq"] = new(2, Any, (a, _) => EqualsAny(a)) { TakesAny = true };
        all["ne"] = new(2, 2, (a, _) => AreEqual(a[0], a[1]) is { } equal ? !equal : null) { TakesAny = true };
        all["lt"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order < 0 : null);
        all["le"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order <= 0 : null);
        all["gt"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order > 0 : null);
        all["ge"] = new(2, 2, (a, _) => Compare(a[0], a[1]) is { } order ? order >= 0 : null);
        all["not"] = new(1, 1, (a, _) => !TemplateValue.IsTrue(a[0])) { TakesAny = true };
        all["default"] = new(2, 2, (a, _) => TemplateValue.IsTrue(a[1]) ? a[1] : a[0]) { TakesAny = true };

        // Nothing that a template has here is a function, which Go finds out when it comes to the call.
        all["call"] = new(1, Any, static (_, _) => null) { TakesAny = true };
    }

    /// <summary>Whether the first value equals one of the others; null where Go refuses a comparison before it finds one.</summary>
    private static object? EqualsAny(object[] values)
    {
        foreach (var other in values.AsSpan(1))
        {
            if (AreEqual(values[0], other) is not { } equal) return null;
            if (equal) return true;
        }

        return false;
    }

    private static bool? AreEqual(object left, object right)
    {
        if (left is TemplateNil || right is TemplateNil) return left == right;
        return Compare(left, right) is { } order ? order == 0 : null;
    }

    /// <summary>Order of two values of one kind; null where Go refuses to compare them.</summary>
    private static int? Compare(object left, object right) => (left, right) switch
    {
        (string a, string b) => string.CompareOrdinal(a, b),
        (long a, long b) => a.CompareTo(b),
        (double a, double b) => a.CompareTo(b),
        (bool a, bool b) => a.CompareTo(b),
        _ => null,
    };
}
