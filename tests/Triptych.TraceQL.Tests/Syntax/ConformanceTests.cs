using Triptych.TraceQL.Syntax;

namespace Triptych.TraceQL.Tests.Syntax;

public class ConformanceTests
{
    [Fact]
    public void Valid_queries_parse_and_check() => Deviations("valid", error => error is null).ShouldBeEmpty();

    [Fact]
    public void Queries_that_must_not_parse_are_refused_as_syntax() =>
        Deviations("parse_fails", error => error?.Kind == TraceQLErrorKind.Syntax).ShouldBeEmpty();

    [Fact]
    public void Queries_that_must_not_validate_are_refused_as_invalid() =>
        Deviations("validate_fails", error => error?.Kind == TraceQLErrorKind.Invalid).ShouldBeEmpty();

    [Fact]
    public void Reserved_queries_are_refused_as_unsupported() =>
        Deviations("unsupported", error => error?.Kind == TraceQLErrorKind.Unsupported).ShouldBeEmpty();

    [Theory]
    [InlineData("valid")]
    [InlineData("validate_fails")]
    [InlineData("unsupported")]
    public void The_printed_form_parses_to_itself(string list)
    {
        foreach (var text in ConformanceExamples.Read(list))
        {
            var printed = TraceQLParser.Parse(text).Query!.ToString();
            var again = TraceQLParser.Parse(printed);
            again.Error.ShouldBeNull(printed);
            again.Query!.ToString().ShouldBe(printed);
        }
    }

    private static List<string> Deviations(string list, Predicate<TraceQLError?> expected) =>
        [
            .. ConformanceExamples.Read(list)
                .Select(text => (text, TraceQLParser.ParseAndCheck(text).Error))
                .Where(result => !expected(result.Error))
                .Select(result => $"{result.text} => {result.Error?.ToString() ?? "accepted"}"),
        ];
}
