namespace Triptych.PromQL.Syntax;

/// <summary>Reduces a duration expression to milliseconds.</summary>
public static class DurationEvaluator
{
    // time.Duration of the peers counts nanoseconds in 63 bits.
    private const double MaxSeconds = 9_223_372_036.0;

    /// <summary>Evaluates <paramref name="duration"/>.</summary>
    /// <param name="stepMs">What <c>step()</c> means.</param>
    /// <param name="rangeMs">What <c>range()</c> means: end − start of the query.</param>
    /// <param name="mustBePositive">True for ranges and subquery steps.</param>
    /// <param name="milliseconds">The value, rounded to whole milliseconds.</param>
    /// <returns>Null, or why the duration is refused.</returns>
    public static string? TryEvaluate(DurationExpr duration, long stepMs, long rangeMs, bool mustBePositive, out long milliseconds)
    {
        milliseconds = 0;
        var problem = Seconds(duration, stepMs, rangeMs, out var seconds);
        if (problem is not null)
            return problem;
        if (double.IsNaN(seconds) || seconds is > MaxSeconds or < -MaxSeconds)
            return "duration out of range";
        milliseconds = (long)Math.Round(seconds * 1000, MidpointRounding.AwayFromZero);
        return mustBePositive && milliseconds <= 0 ? "duration must be greater than 0" : null;
    }

    private static string? Seconds(DurationExpr duration, long stepMs, long rangeMs, out double seconds)
    {
        seconds = 0;
        switch (duration)
        {
            case DurationLiteral literal:
                seconds = literal.Seconds;
                return null;
            case DurationParen paren:
                return Seconds(paren.Inner, stepMs, rangeMs, out seconds);
            case DurationUnary unary:
                var problem = Seconds(unary.Inner, stepMs, rangeMs, out var inner);
                seconds = unary.Negate ? -inner : inner;
                return problem;
            case DurationFunction { Call: DurationCall.Step }:
                seconds = stepMs / 1000.0;
                return null;
            case DurationFunction { Call: DurationCall.Range }:
                seconds = rangeMs / 1000.0;
                return null;
            case DurationFunction call:
                var callProblem = Seconds(call.First!, stepMs, rangeMs, out var first)
                    ?? Seconds(call.Second!, stepMs, rangeMs, out seconds);
                seconds = call.Call == DurationCall.MinOf ? Math.Min(first, seconds) : Math.Max(first, seconds);
                return callProblem;
            case DurationBinary binary:
                return Binary(binary, stepMs, rangeMs, out seconds);
            default:
                throw new InvalidOperationException($"unknown duration node {duration.GetType().Name}");
        }
    }

    private static string? Binary(DurationBinary binary, long stepMs, long rangeMs, out double seconds)
    {
        seconds = 0;
        var right = 0.0;
        var problem = Seconds(binary.Left, stepMs, rangeMs, out var left) ?? Seconds(binary.Right, stepMs, rangeMs, out right);
        if (problem is not null)
            return problem;
        if (right == 0 && (binary.Op is DurationOp.Divide or DurationOp.Modulo))
            return binary.Op == DurationOp.Divide ? "division by zero" : "modulo by zero";
        seconds = binary.Op switch
        {
            DurationOp.Add => left + right,
            DurationOp.Subtract => left - right,
            DurationOp.Multiply => left * right,
            DurationOp.Divide => left / right,
            DurationOp.Modulo => left % right,
            _ => Math.Pow(left, right),
        };
        return null;
    }
}
