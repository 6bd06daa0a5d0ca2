using Triptych.Query.Steps;

namespace Triptych.Query.Operators;

/// <summary>What two numbers can be combined by.</summary>
public enum BinaryOperation
{
    /// <summary>a + b</summary>
    Add,

    /// <summary>a − b</summary>
    Subtract,

    /// <summary>a × b</summary>
    Multiply,

    /// <summary>a ÷ b</summary>
    Divide,

    /// <summary>The remainder with the sign of a.</summary>
    Modulo,

    /// <summary>a to the power of b</summary>
    Power,

    /// <summary>The angle of the point (b, a).</summary>
    Atan2,

    /// <summary>Of the histogram a what lies at or below b.</summary>
    TrimUpper,

    /// <summary>Of the histogram a what lies above b.</summary>
    TrimLower,

    /// <summary>a = b</summary>
    Equal,

    /// <summary>a ≠ b</summary>
    NotEqual,

    /// <summary>a &gt; b</summary>
    Greater,

    /// <summary>a &lt; b</summary>
    Less,

    /// <summary>a ≥ b</summary>
    GreaterOrEqual,

    /// <summary>a ≤ b</summary>
    LessOrEqual,
}

/// <summary>What becomes of the steps where a comparison is made.</summary>
public enum ComparisonResult
{
    /// <summary>Where it holds the left value stays, elsewhere there is none.</summary>
    KeepLeft,

    /// <summary>Where it holds the right value stays, elsewhere there is none.</summary>
    KeepRight,

    /// <summary>1 where it holds, 0 elsewhere.</summary>
    ZeroOrOne,
}

/// <summary>Binary operations step by step. A step where either side has no value has none afterwards.</summary>
public static class StepArithmetic
{
    /// <summary>Whether an operation is a comparison.</summary>
    public static bool IsComparison(this BinaryOperation operation) => operation >= BinaryOperation.Equal;

    /// <summary>Whether an operation takes away observations of histograms, and has no meaning for numbers.</summary>
    public static bool IsTrim(this BinaryOperation operation) => operation is BinaryOperation.TrimUpper or BinaryOperation.TrimLower;

    /// <summary>Combines two rows into <paramref name="result"/>, which may be one of them.</summary>
    public static void Apply(
        BinaryOperation operation, ComparisonResult comparison, ReadOnlySpan<double> left, ReadOnlySpan<double> right, Span<double> result)
    {
        for (var i = 0; i < result.Length; i++)
        {
            var a = left[i];
            var b = right[i];
            if (StepRow.IsAbsent(a) || StepRow.IsAbsent(b))
            {
                result[i] = StepRow.Absent;
                continue;
            }

            result[i] = operation switch
            {
                BinaryOperation.Add => a + b,
                BinaryOperation.Subtract => a - b,
                BinaryOperation.Multiply => a * b,
                BinaryOperation.Divide => a / b,
                BinaryOperation.Modulo => a % b,
                BinaryOperation.Power => Math.Pow(a, b),
                BinaryOperation.Atan2 => Math.Atan2(a, b),
                _ => Outcome(comparison, Holds(operation, a, b), a, b),
            };
        }
    }

    /// <summary>Combines two numbers; a comparison gives 1 or 0.</summary>
    public static double Apply(BinaryOperation operation, double left, double right)
    {
        Span<double> result = stackalloc double[1];
        Apply(operation, ComparisonResult.ZeroOrOne, [left], [right], result);
        return result[0];
    }

    private static bool Holds(BinaryOperation operation, double a, double b) => operation switch
    {
        BinaryOperation.Equal => a == b,
        BinaryOperation.NotEqual => a != b,
        BinaryOperation.Greater => a > b,
        BinaryOperation.Less => a < b,
        BinaryOperation.GreaterOrEqual => a >= b,
        _ => a <= b,
    };

    private static double Outcome(ComparisonResult comparison, bool holds, double a, double b) => comparison switch
    {
        ComparisonResult.ZeroOrOne => holds ? 1 : 0,
        _ when !holds => StepRow.Absent,
        ComparisonResult.KeepLeft => a,
        _ => b,
    };
}
