using System.CommandLine;
using Triptych.LogQL.Syntax;
using Triptych.LogQL.Syntax.Literals;
using Triptych.Server.Backup;
using Triptych.Server.Commands;
using Triptych.Server.Configuration;
using Triptych.Server.Hosting;

namespace Triptych.Server.Query;

/// <summary><c>triptych query metrics|logs|traces</c>: asks a running server and prints the answer; docs/query.md.</summary>
internal static class QueryCommands
{
    private const int WrongUse = 2;
    private static readonly string[] Forms = ["table", "json", "csv"];
    private static readonly string[] LogForms = ["table", "json", "csv", "raw"];

    /// <summary>The command.</summary>
    public static Command Create() =>
        new("query", "Asks a running server and prints the answer.") { Logs(), Metrics(), Traces() };

    private static Command Logs()
    {
        var query = Query("A LogQL query, such as {service_name=\"shop\"} |= \"error\".");
        var since = Since();
        var limit = Limit("The newest so many lines.", 100);
        var form = Form(LogForms, "table: time, labels and line; json: an object each; csv; raw: the line alone. Numbers come as a table with raw.");
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on with lines as they are acknowledged, until it is stopped." };
        var server = new ServerOptions();
        var command = new Command("logs", "Prints the lines of a LogQL query, oldest first, or the numbers of a metric query now.") { query, since, limit, form, follow };
        server.AddTo(command);
        command.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            var text = result.GetRequiredValue(query);
            var parsed = LogQLParser.Parse(text);
            if (!parsed.Succeeded) throw new StartProblem(parsed.Error.ToString(), WrongUse);
            using var client = server.Open(result);
            var logs = new LogQueryCommand(client, Console.Out, result.GetRequiredValue(form), TimeProvider.System);
            var span = result.GetRequiredValue(since);
            if (parsed.Value is MetricExpression)
            {
                if (result.GetValue(follow)) throw new StartProblem("--follow takes a log query: a metric query gives numbers, not lines", WrongUse);
                await new NumberQueryCommand(client, Console.Out, result.GetRequiredValue(form)).RunAsync("/loki/api/v1/query", text, token);
            }
            else if (result.GetValue(follow))
            {
                await logs.FollowAsync(text, span, result.GetValue(limit), token);
            }
            else
            {
                await logs.RunAsync(text, span, result.GetValue(limit), token);
            }

            return 0;
        }));
        return command;
    }

    private static Command Metrics()
    {
        var query = Query("A PromQL query, such as sum by (job) (rate(http_requests_total[5m])).");
        var form = Form(Forms, "table, json or csv.");
        var server = new ServerOptions();
        var command = new Command("metrics", "Prints the values of a PromQL query now.") { query, form };
        server.AddTo(command);
        command.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            using var client = server.Open(result);
            await new NumberQueryCommand(client, Console.Out, result.GetRequiredValue(form)).RunAsync("/api/v1/query", result.GetRequiredValue(query), token);
            return 0;
        }));
        return command;
    }

    private static Command Traces()
    {
        var query = Query("A TraceQL query, such as { status = error && duration > 1s }.");
        var since = Since();
        var limit = Limit("The most traces.", 20);
        var form = Form(Forms, "table, json or csv.");
        var server = new ServerOptions();
        var command = new Command("traces", "Prints the traces that a TraceQL query finds.") { query, since, limit, form };
        server.AddTo(command);
        command.SetAction(result => CommandGuard.RunAsync(async token =>
        {
            using var client = server.Open(result);
            await new TraceQueryCommand(client, Console.Out, result.GetRequiredValue(form), TimeProvider.System)
                .RunAsync(result.GetRequiredValue(query), result.GetRequiredValue(since), result.GetValue(limit), token);
            return 0;
        }));
        return command;
    }

    private static Argument<string> Query(string description) => new("QUERY") { Description = description };

    private static Option<string> Form(string[] forms, string description)
    {
        var form = new Option<string>("-o", "--output") { Description = description, HelpName = string.Join('|', forms), DefaultValueFactory = static _ => "table" };
        form.AcceptOnlyFromAmong(forms);
        return form;
    }

    private static Option<int> Limit(string description, int standard)
    {
        var limit = new Option<int>("--limit") { Description = description, HelpName = "COUNT", DefaultValueFactory = _ => standard };
        limit.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1) result.AddError("--limit has to be at least 1");
        });
        return limit;
    }

    private static Option<TimeSpan> Since() => new("--since")
    {
        Description = "How far back, such as 90s, 15m, 6h or 7d.",
        HelpName = "DURATION",
        DefaultValueFactory = static _ => TimeSpan.FromHours(1),
        CustomParser = static result =>
        {
            if (Quantities.TryParseDuration(result.Tokens[0].Value, out var nanos) && nanos > 0) return TimeSpan.FromTicks(nanos / 100);
            result.AddError($"--since {result.Tokens[0].Value} is not a duration such as 15m");
            return default;
        },
    };

    /// <summary>Which server, and as whom.</summary>
    private sealed class ServerOptions
    {
        private readonly Option<string?> _server = new("--server") { Description = "Where the server answers, over the configuration.", HelpName = "URL" };

        private readonly Option<string?> _file = new("--config")
        {
            Description = "The configuration of the server: where it listens, and its credentials.",
            HelpName = "FILE",
        };

        public void AddTo(Command command)
        {
            command.Options.Add(_server);
            command.Options.Add(_file);
        }

        public ServerClient Open(ParseResult result)
        {
            var (config, problems) = ConfigLoader.Load(result.GetValue(_file), Environment.GetEnvironmentVariables());
            if (problems.Count > 0) throw new StartProblem(string.Join("\ntriptych: ", problems), WrongUse);
            var address = RemoteBackup.AddressOf;
            if (result.GetValue(_server) is not { } url) return new ServerClient(address(config.Listen), RemoteBackup.CredentialsOf(config.Auth));
            return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? new ServerClient(uri, RemoteBackup.CredentialsOf(config.Auth))
                : throw new StartProblem($"--server {url} is no URL of a server, such as http://127.0.0.1:3000", WrongUse);
        }
    }
}
