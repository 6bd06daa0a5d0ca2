using System.Text;
using Triptych.Model.Labels;
using Triptych.Primitives.Checksums;

namespace Triptych.Storage.Retention;

/// <summary>Rows older than <paramref name="Age"/> that match go.</summary>
/// <param name="Age">How long they are kept; more than zero.</param>
/// <param name="Matchers">All must hold; empty matches everything.</param>
/// <param name="Mark">Stands for the matchers in the marks of blocks.</param>
internal sealed record RetentionTerm(TimeSpan Age, IReadOnlyList<LabelMatcher> Matchers, long Mark);

/// <summary>The rows of a rule with a size.</summary>
/// <param name="Rule">Its number among the signal's rules.</param>
/// <param name="SizeBytes">Most bytes that they may have.</param>
/// <param name="Conditions">A row is the rule's when all matchers of one of these hold.</param>
internal sealed record RetentionSize(int Rule, long SizeBytes, IReadOnlyList<LabelMatcher[]> Conditions);

/// <summary>
/// A signal's rules as terms of which each stands alone. That a row is not matched by an earlier rule is said with the opposites of that rule's
/// matchers: one term for each way in which all earlier rules can fail to match.
/// </summary>
internal sealed class RetentionTerms
{
    /// <summary>Most terms of a signal; rules with many matchers before others make many.</summary>
    public const int MaxTerms = 256;

    private RetentionTerms(IReadOnlyList<RetentionTerm> all, IReadOnlyList<RetentionSize> sizes, TimeSpan longest)
    {
        All = all;
        Sizes = sizes;
        Longest = longest;
    }

    /// <summary>Terms; rows that are kept for ever have none.</summary>
    public IReadOnlyList<RetentionTerm> All { get; }

    /// <summary>Rules with a size.</summary>
    public IReadOnlyList<RetentionSize> Sizes { get; }

    /// <summary>After this time nothing is left, whatever it matches; zero: never.</summary>
    public TimeSpan Longest { get; }

    /// <exception cref="ArgumentException">There are too many rules.</exception>
    public static RetentionTerms Of(SignalRetention retention)
    {
        var terms = new List<RetentionTerm>();
        var sizes = new List<RetentionSize>();
        List<LabelMatcher[]> unmatched = [[]];
        for (var i = 0; i < retention.Rules.Count; i++)
        {
            var rule = retention.Rules[i];
            Add(terms, rule.Time, rule.Matchers, unmatched);
            if (rule.SizeBytes > 0)
                sizes.Add(new RetentionSize(i, rule.SizeBytes, [.. unmatched.Select(u => (LabelMatcher[])[.. rule.Matchers, .. u])]));
            unmatched = [.. unmatched.SelectMany(u => rule.Matchers.Select(m => (LabelMatcher[])[.. u, Opposite(m)]))];
            if (unmatched.Count > MaxTerms || terms.Count + sizes.Sum(static s => s.Conditions.Count) > MaxTerms)
                throw new ArgumentException($"The retention rules of a signal have too many matchers: together they make more than {MaxTerms} conditions.");
        }

        Add(terms, retention.Time, [], unmatched);
        TimeSpan[] times = [retention.Time, .. retention.Rules.Select(static r => r.Time)];
        return new RetentionTerms(terms, sizes, times.Any(static t => t <= TimeSpan.Zero) ? TimeSpan.Zero : times.Max());
    }

    private static void Add(List<RetentionTerm> terms, TimeSpan age, IReadOnlyList<LabelMatcher> matchers, List<LabelMatcher[]> unmatched)
    {
        if (age <= TimeSpan.Zero)
            return;
        foreach (var others in unmatched)
        {
            LabelMatcher[] all = [.. matchers, .. others];
            terms.Add(new RetentionTerm(age, all, MarkOf(all)));
        }
    }

    private static long MarkOf(IEnumerable<LabelMatcher> matchers) =>
        (long)XxHash64.Compute(Encoding.UTF8.GetBytes("retention {" + string.Join(',', matchers) + "}"));

    private static LabelMatcher Opposite(LabelMatcher matcher) => LabelMatcher.Create(
        matcher.Name,
        matcher.Op switch
        {
            MatchOp.Equal => MatchOp.NotEqual,
            MatchOp.NotEqual => MatchOp.Equal,
            MatchOp.Regex => MatchOp.NotRegex,
            _ => MatchOp.Regex,
        },
        matcher.Value);
}
