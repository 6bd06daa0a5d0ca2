using Triptych.Api.DataSources.Sql;

namespace Triptych.Api.Tests.DataSources;

public sealed class SqlMacrosTests
{
    private static readonly SqlRange Range = new(1_767_225_600_000, 1_767_229_200_500, 90_000);

    [Theory]
    [InlineData("$__time(at)", "at AS \"time\"")]
    [InlineData("$__timeEpoch(at)", "extract(epoch from at) AS \"time\"")]
    [InlineData("$__timeFilter(at)", "at BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-01T01:00:00.5Z'")]
    [InlineData("$__timeFrom() $__timeTo()", "'2026-01-01T00:00:00Z' '2026-01-01T01:00:00.5Z'")]
    [InlineData("$__timeGroup(at, '5m')", "floor(extract(epoch from at)/300)*300")]
    [InlineData("$__timeGroup(at,$__interval)", "floor(extract(epoch from at)/90)*90")]
    [InlineData("$__timeGroupAlias(coalesce(a, b), 500ms, 0)", "floor(extract(epoch from coalesce(a, b))/0.5)*0.5 AS \"time\"")]
    [InlineData("$__unixEpochFilter(s)", "s >= 1767225600 AND s <= 1767229200")]
    [InlineData("$__unixEpochFrom() $__unixEpochTo()", "1767225600 1767229200")]
    [InlineData("$__unixEpochNanoFilter(n)", "n >= 1767225600000000000 AND n <= 1767229200500000000")]
    [InlineData("$__unixEpochNanoFrom() $__unixEpochNanoTo()", "1767225600000000000 1767229200500000000")]
    [InlineData("$__unixEpochGroup(s, 1h)", "floor((s)/3600)*3600")]
    [InlineData("$__unixEpochGroupAlias(s, 1h, NULL)", "floor((s)/3600)*3600 AS \"time\"")]
    [InlineData("$__timeFilter($__unknown)", "$__unknown BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-01T01:00:00.5Z'")]
    [InlineData("$__timeFilter(f('a)b', \"c)\"))", "f('a)b', \"c)\") BETWEEN '2026-01-01T00:00:00Z' AND '2026-01-01T01:00:00.5Z'")]
    [InlineData("SELECT $1, $__interval_ms", "SELECT $1, 90000")]
    public void Macros_become_SQL(string sql, string expected) => SqlMacros.Expand(sql, Range).Sql.ShouldBe(expected);

    [Theory]
    [InlineData("$__timeGroup(at, 1m, 0)", SqlFillMode.Value, 0)]
    [InlineData("$__timeGroup(at, 1m, -1.5)", SqlFillMode.Value, -1.5)]
    [InlineData("$__timeGroup(at, 1m, NULL)", SqlFillMode.Null, 0)]
    [InlineData("$__timeGroupAlias(at, 1m, previous)", SqlFillMode.Previous, 0)]
    internal void The_third_argument_says_what_fills_steps(string sql, SqlFillMode mode, double value) =>
        SqlMacros.Expand(sql, Range).Fill.ShouldBe(new SqlFill(60_000, mode, value));

    [Theory]
    [InlineData("$__nonsense(a)", "unknown macro $__nonsense")]
    [InlineData("$__timeFilter(", "no closing parenthesis")]
    [InlineData("$__timeFilter()", "needs one argument")]
    [InlineData("$__timeGroup(at)", "needs a column, an interval")]
    [InlineData("$__timeGroup(at, x)", "\"x\" is no interval")]
    [InlineData("$__timeGroup(at, 1m, y)", "\"y\" is nothing to fill")]
    public void What_is_no_macro_is_refused_with_the_reason(string sql, string problem)
    {
        var (made, _, found) = SqlMacros.Expand(sql, Range);
        made.ShouldBeNull();
        found.ShouldNotBeNull().ShouldContain(problem);
    }
}
