using System.Collections;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

/// <summary>The section links: what it says to the browser, and what is refused.</summary>
public sealed class LinksConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("triptych-config-tests-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_browser_reads_what_the_file_says()
    {
        var (config, problems) = Load(
            """
            links:
              trace_to_logs: { span_start_shift: 10m, span_end_shift: 0s, filter_by: service }
              derived_fields:
                - { name: order, matcher_regex: 'order=(\w+)', internal: traces, url: '{ span.order = "${__value.raw}" }' }
                - { name: ticket, matcher_type: label, matcher_regex: ticket, url: 'https://tickets.example/${__value.raw}', url_display_label: Open }
            metrics_generator: { trace_id_label_name: trace }
            """);
        problems.ShouldBeEmpty();
        var settings = config.Links.ToSettings(config.MetricsGenerator.TraceIdLabelName);
        settings.TraceToLogs.ShouldBe(new(600_000, 0, "service"));
        settings.DerivedFields.ShouldBe(
        [
            new("order", "regex", @"order=(\w+)", "{ span.order = \"${__value.raw}\" }", "traces", null),
            new("ticket", "label", "ticket", "https://tickets.example/${__value.raw}", null, "Open"),
        ]);
        settings.ExemplarTraceIdLabel.ShouldBe("trace");
    }

    [Theory]
    [InlineData("trace_to_logs: { filter_by: span }", "filter_by")]
    [InlineData("derived_fields: [{ matcher_regex: x, internal: trace }]", "derived_fields[0].name is empty")]
    [InlineData("derived_fields: [{ name: x, internal: trace }]", "derived_fields[0].matcher_regex is empty")]
    [InlineData("derived_fields: [{ name: x, matcher_regex: '(', internal: trace }]", "is no regular expression")]
    [InlineData("derived_fields: [{ name: x, matcher_regex: x }]", "derived_fields[0].url has to begin with")]
    [InlineData("derived_fields: [{ name: x, matcher_regex: x, url: 'javascript:alert(1)' }]", "derived_fields[0].url has to begin with")]
    [InlineData("derived_fields: [{ name: x, matcher_regex: x, url: '//evil.example' }]", "derived_fields[0].url has to begin with")]
    [InlineData("derived_fields: [{ name: x, matcher_regex: x, internal: logs }]", "derived_fields[0].url has to be a query")]
    public void What_cannot_be_is_told_at_its_line(string option, string text)
    {
        var problem = Load($"links:\n  {option}\n").Problems.ShouldHaveSingleItem();
        problem.Line.ShouldBe(2);
        problem.Message.ShouldContain(text);
    }

    private (ServerConfig Config, IReadOnlyList<ConfigProblem> Problems) Load(string yaml)
    {
        var file = Path.Combine(_folder, "triptych.yaml");
        File.WriteAllText(file, yaml);
        return ConfigLoader.Load(file, new Hashtable());
    }
}

public sealed class UiSettingsTests(DefaultServer server)
{
    [Fact]
    public async Task The_defaults_need_nothing_to_be_configured()
    {
        var answer = await Wire.GetAsync(server.Url(server.UiPort, "/api/triptych/v1/ui/settings"));
        answer.Status.ShouldBe(200);
        answer.Text.ShouldBe(
            """{"traceToLogs":{"spanStartShiftMs":3600000,"spanEndShiftMs":3600000,"filterBy":"trace"},"derivedFields":[],"exemplarTraceIdLabel":"traceID"}""");
    }
}
