using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Triptych.Primitives.Memory;
using Triptych.Server.Hosting;

namespace Triptych.Server.Tests.Hosting;

/// <summary>What the edge answers when an endpoint fails in a way that nobody expected.</summary>
public sealed class FailureGuardTests
{
    public static TheoryData<string, int, string, int, string> Failures => new()
    {
        { "bug", 500, "internal error: the server's diagnostics say more", 13, "internal error: the server's diagnostics say more" },
        { "memory", 503, "Memory budget b refused 2 bytes", 14, "Memory budget b refused 2 bytes" },
        { "bad", 400, "no such thing", 3, "no such thing" },
        { "large", 413, "too much", 8, "too much" },
    };

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_is_one_line_of_text_over_http(string failure, int status, string text, int grpcStatus, string grpcText)
    {
        _ = (grpcStatus, grpcText);
        var (context, body) = NewContext("HTTP/1.1", "application/x-protobuf");
        await FailAsync(context, failure);
        context.Response.StatusCode.ShouldBe(status);
        var answer = Encoding.UTF8.GetString(body.ToArray());
        answer.ShouldStartWith(text);
        answer.TrimEnd('\n').ShouldNotContain('\n');
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_is_a_status_in_the_trailers_of_a_grpc_call(string failure, int status, string text, int grpcStatus, string grpcText)
    {
        _ = (status, text);
        var (context, body) = NewContext("HTTP/2", "application/grpc+proto");
        context.Response.Headers["x-half-done"] = "1";
        await FailAsync(context, failure);
        var trailers = context.Features.Get<IHttpResponseTrailersFeature>()!.Trailers;
        (context.Response.StatusCode, context.Response.ContentType, trailers["grpc-status"].ToString())
            .ShouldBe((200, "application/grpc", grpcStatus.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        trailers["grpc-message"].ToString().ShouldStartWith(grpcText);
        body.Length.ShouldBe(0);
        context.Response.Headers.ContainsKey("x-half-done").ShouldBeFalse();
    }

    private static Task FailAsync(HttpContext context, string failure) =>
        new FailureGuard(NullLogger<FailureGuard>.Instance).InvokeAsync(context, _ => throw (failure switch
        {
            "memory" => new MemoryBudgetExceededException(new MemoryBudget("b", 1), 2),
            "bad" => new BadHttpRequestException("no such thing"),
            "large" => new BadHttpRequestException("too much", 413),
            _ => new InvalidOperationException("a bug"),
        }));

    private static (HttpContext Context, MemoryStream Body) NewContext(string protocol, string contentType)
    {
        var context = new DefaultHttpContext();
        var body = new MemoryStream();
        context.Request.Protocol = protocol;
        context.Request.ContentType = contentType;
        context.Response.Body = body;
        context.Features.Set<IHttpResponseTrailersFeature>(new Trailers());
        return (context, body);
    }

    private sealed class Trailers : IHttpResponseTrailersFeature
    {
        IHeaderDictionary IHttpResponseTrailersFeature.Trailers { get; set; } = new HeaderDictionary();
    }
}
