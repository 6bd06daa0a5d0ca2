using System.Text.RegularExpressions;

namespace Triptych.PromQL.Tests.Conformance;

/// <summary>Compares an error, and what is remarked besides an answer, with what a case expects. Null is agreement.</summary>
/// <param name="command">The case.</param>
/// <param name="delayedNameRemoval">Whether names are there until the end of a query.</param>
internal sealed class ExpectationCheck(EvalCommand command, bool delayedNameRemoval)
{
    public string? CheckFailure(string message)
    {
        if (!command.MustFail)
            return $"failed: {message}";
        foreach (var expectation in command.Expectations.Where(e => e.StartsWith("fail", StringComparison.Ordinal)))
        {
            if (!Satisfies(expectation["fail".Length..], message))
                return $"failed with another message: {message}";
        }
        return null;
    }

    public string? CheckNotes(IReadOnlyCollection<string> warnings, IReadOnlyCollection<string> infos)
    {
        if (command.MustFail)
            return "should have failed";
        return CheckNotes("warn", warnings) ?? CheckNotes("info", infos);
    }

    private string? CheckNotes(string kind, IReadOnlyCollection<string> notes)
    {
        var told = string.Join("; ", notes);
        var plain = notes.Select(note => Regex.Replace(note, @"(, from buckets .*)? \(\d+:\d+\)$", "")).Select(Unnamed).ToList();
        if (command.Has("no_" + kind) && notes.Count > 0)
            return $"unexpected {kind}: {told}";
        if (command.Form == "_" + kind && notes.Count == 0)
            return $"no {kind}";
        foreach (var expectation in command.Expectations.Where(e => e == kind || e.StartsWith(kind + " ", StringComparison.Ordinal)))
        {
            if (!plain.Any(note => Satisfies(Unnamed(expectation[kind.Length..]), note)))
                return $"expected {expectation}, got: {told}";
        }

        // Where any is expected, all that come must be.
        var expected = command.Expectations.Where(e => e == kind || e.StartsWith(kind + " ", StringComparison.Ordinal)).ToList();
        return expected.Count > 0 && plain.Find(note => !expected.Any(e => Satisfies(Unnamed(e[kind.Length..]), note))) is { } unexpected
            ? $"unexpected {kind}: {unexpected}"
            : null;
    }

    // Names that are dropped at once are not there any more when something is remarked on what had them.
    private string Unnamed(string text) => delayedNameRemoval ? text : Regex.Replace(text, " for metric name \"[^\"]*\"$", "");

    private static bool Satisfies(string condition, string text)
    {
        condition = condition.Trim();
        if (condition.StartsWith("msg:", StringComparison.Ordinal))
            return text == condition[4..].Trim();
        return !condition.StartsWith("regex:", StringComparison.Ordinal) || Regex.IsMatch(text, condition[6..].Trim());
    }
}
