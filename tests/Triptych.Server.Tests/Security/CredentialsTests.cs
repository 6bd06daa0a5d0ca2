using System.Text;
using Triptych.Server.Configuration;
using Triptych.Server.Security;

namespace Triptych.Server.Tests.Security;

public sealed class CredentialsTests
{
    private readonly Credentials _both = Credentials.Load(new AuthConfig { Token = "t0ken", Username = "user", Password = "p:ss" });

    [Theory]
    [InlineData("Bearer t0ken", true)]
    [InlineData("bearer t0ken", true)]
    [InlineData("Bearer t0ke", false)]
    [InlineData("Bearer t0ken2", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Bearer", false)]
    [InlineData("t0ken", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("Digest t0ken", false)]
    [InlineData("Basic !!!", false)]
    [InlineData("Basic ", false)]
    public void A_token_is_accepted_only_as_it_is(string? header, bool accepted) => _both.Accept(header).ShouldBe(accepted);

    [Theory]
    [InlineData("user:p:ss", true)]
    [InlineData("user:p", false)]
    [InlineData("User:p:ss", false)]
    [InlineData("user", false)]
    [InlineData(":", false)]
    [InlineData("", false)]
    [InlineData("anyone:t0ken", true)]
    [InlineData(":t0ken", true)]
    public void A_user_is_accepted_with_the_password_and_anyone_with_a_token_for_password(string pair, bool accepted) =>
        _both.Accept(Basic(pair)).ShouldBe(accepted);

    [Fact]
    public void What_is_empty_opens_nothing()
    {
        Should.Throw<InvalidDataException>(() => Credentials.Load(new AuthConfig()));
        Should.Throw<InvalidDataException>(() => Credentials.Load(new AuthConfig { Token = " ", Username = "u", Password = "" }));
        var tokenOnly = Credentials.Load(new AuthConfig { Token = "t0ken", Username = "u", Password = "" });
        tokenOnly.Accept(Basic("u:")).ShouldBeFalse();
        tokenOnly.Accept(Basic(":")).ShouldBeFalse();
    }

    [Fact]
    public void A_file_holds_a_token_a_line()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "one\r\n\n  two  \n");
        var fromFile = Credentials.Load(new AuthConfig { TokenFile = file, Username = "u", PasswordFile = file });
        File.Delete(file);
        fromFile.Accept("Bearer one").ShouldBeTrue();
        fromFile.Accept("Bearer two").ShouldBeTrue();
        fromFile.Accept("Bearer ").ShouldBeFalse();
        fromFile.Accept(Basic("u:")).ShouldBeFalse();
    }

    internal static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));
}
