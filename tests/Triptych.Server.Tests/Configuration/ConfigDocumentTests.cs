using System.Text.Json;
using Triptych.Server.Configuration;

namespace Triptych.Server.Tests.Configuration;

public sealed class ConfigDocumentTests
{
    [Fact]
    public void The_schema_in_docs_is_what_the_program_prints() =>
        ReadDocument("triptych.schema.json").ShouldBe(ConfigSchema.Write(), "write it anew: triptych schema > docs/triptych.schema.json");

    [Fact]
    public void The_reference_in_docs_is_what_the_program_prints() =>
        ReadDocument("configuration.md").ShouldBe(ConfigReference.Write(), "write it anew: triptych schema --markdown > docs/configuration.md");

    [Fact]
    public void The_schema_knows_every_option_and_describes_it()
    {
        using var schema = JsonDocument.Parse(ConfigSchema.Write());
        var options = new List<string>();
        Walk(schema.RootElement, "", options);
        options.ShouldContain("listen.ui_port");
        options.ShouldContain("scrape_configs[].static_configs[].targets");
        options.ShouldContain("tail[].pm2");
        options.Select(o => o.Split('.', '[')[0]).Distinct().ShouldBe(typeof(ServerConfig).GetProperties().Select(p => Snake(p.Name)), ignoreOrder: true);
    }

    [Fact]
    public void The_schema_refuses_what_the_program_does_not_know()
    {
        using var schema = JsonDocument.Parse(ConfigSchema.Write());
        schema.RootElement.GetProperty("additionalProperties").GetBoolean().ShouldBeFalse();
        var forms = schema.RootElement.GetProperty("properties").GetProperty("auth").GetProperty("anyOf");
        forms[0].GetProperty("enum").EnumerateArray().Select(e => e.GetString()).ShouldBe(["auto", "none", "required"]);
        forms[1].GetProperty("additionalProperties").GetBoolean().ShouldBeFalse();
        forms[1].GetProperty("properties").GetProperty("mode").GetProperty("enum")
            .EnumerateArray().Select(e => e.GetString()).ShouldBe(["auto", "none", "required"]);
    }

    [Fact]
    public void The_reference_shows_defaults_and_variables()
    {
        var text = ConfigReference.Write();
        text.ShouldContain("| `max_bytes_in_flight` | a size such as 64MiB or 5GB | `64MiB` |");
        text.ShouldContain("`TRIPTYCH_LISTEN_UI_PORT`");
        text.ShouldNotContain("TRIPTYCH_SCRAPE_CONFIGS");
    }

    private static void Walk(JsonElement schema, string path, List<string> options)
    {
        if (schema.TryGetProperty("items", out var items)) Walk(items, path + "[]", options);
        if (schema.TryGetProperty("anyOf", out var forms)) Walk(forms[1], path, options);
        if (!schema.TryGetProperty("properties", out var properties)) return;
        foreach (var property in properties.EnumerateObject())
        {
            var option = path.Length == 0 ? property.Name : $"{path}.{property.Name}";
            options.Add(option);
            property.Value.TryGetProperty("description", out var description).ShouldBeTrue(option);
            description.GetString()!.Length.ShouldBeGreaterThan(3, option);
            Walk(property.Value, option, options);
        }
    }

    private static string Snake(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private static string ReadDocument(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Triptych.slnx"))) return File.ReadAllText(Path.Combine(folder.FullName, "docs", name));
        }

        throw new InvalidOperationException("no checkout above the tests");
    }
}
